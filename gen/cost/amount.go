package cost

import (
	"fmt"
	"math/big"
	"strconv"
)

// Amount is money in hundredths of the currency.
type Amount int64

// String writes an amount as "8.49".
func (a Amount) String() string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	return fmt.Sprintf("%s%d.%02d", sign, a/100, a%100)
}

// MarshalJSON writes the amount as a number with two digits.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

// decimal is the number that x was written as: 0.0572, not the nearest binary fraction.
func decimal(x float64) *big.Rat {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(x, 'f', -1, 64))
	if !ok {
		panic(fmt.Sprintf("cost: %v is no number", x)) // the schema allows none
	}
	return r
}

// product multiplies exactly.
func product(factors ...float64) *big.Rat {
	out := big.NewRat(1, 1)
	for _, x := range factors {
		out.Mul(out, decimal(x))
	}
	return out
}

// round gives the nearest hundredth; halves go up.
func round(x *big.Rat) Amount {
	twice := new(big.Rat).Mul(x, big.NewRat(200, 1))
	twice.Add(twice, big.NewRat(1, 1))
	floor := new(big.Int).Div(twice.Num(), new(big.Int).Mul(twice.Denom(), big.NewInt(2)))
	return Amount(floor.Int64())
}

// number writes a figure without needless digits.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

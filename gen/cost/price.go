package cost

import (
	"math/big"
	"slices"

	"github.com/lvs-cloud/lvsgen/gen/model"
)

// counter counts one cloud, and remembers the prices that it used.
type counter struct {
	in   *model.Inputs
	list *model.PriceList
	used []Price
}

func newCounter(in *model.Inputs, list *model.PriceList) *counter {
	return &counter{in: in, list: list}
}

// amount is a quantity at a price. A price that is multiplied by nothing is not used.
func (c *counter) amount(p Price, quantity float64) Amount {
	if quantity == 0 {
		return 0
	}
	return c.convert(product(c.use(p), quantity))
}

// use gives the amount of a price, and remembers it.
func (c *counter) use(p Price) float64 {
	if !slices.Contains(c.used, p) {
		c.used = append(c.used, p)
	}
	return p.Amount
}

// convert brings euros to the currency of the table.
func (c *counter) convert(euros *big.Rat) Amount {
	if currency := c.in.Cloud.Prices.Currency; currency != nil {
		euros = new(big.Rat).Mul(euros, decimal(currency.PerEuro))
	}
	return round(euros)
}

// pricesUsed are the prices in the order of their use, and the rate of another currency.
func (c *counter) pricesUsed() []Price {
	if currency := c.in.Cloud.Prices.Currency; currency != nil {
		return append(c.used, Price{"a euro in " + currency.Code, currency.PerEuro, currency.AsOf, "cloud.prices.currency"})
	}
	return c.used
}

// pick takes the user's own price where there is one.
func (c *counter) pick(of string, own *float64, listed model.Price) Price {
	if own != nil {
		return Price{of, *own, c.in.Cloud.Prices.Own.AsOf, c.in.Cloud.Prices.Own.Source}
	}
	return Price{of, listed.Amount, listed.AsOf, listed.Source}
}

func (c *counter) server(typ string) Price {
	listed := c.list.Prices.Servers
	listed.Amount = c.in.Cluster.Capacity.Machines[typ].Monthly
	var own *float64
	if c.in.Cloud.Prices.Own != nil {
		if amount, ok := c.in.Cloud.Prices.Own.Servers[typ]; ok {
			own = &amount
		}
	}
	return c.pick("server "+typ+", a month", own, listed)
}

func (c *counter) address() Price {
	return c.pick("IPv4 address, a month", c.own().address, c.list.Prices.Address)
}

func (c *counter) volume() Price {
	return c.pick("volume, a GB and month", c.own().volume, c.list.Prices.Volume)
}

func (c *counter) snapshot() Price {
	return c.pick("snapshot, a GB and month", c.own().snapshot, c.list.Prices.Snapshot)
}

func (c *counter) storage() Price {
	return c.pick("object storage, a month", c.own().storage, c.list.Prices.ObjectStorage)
}

func (c *counter) storageHour() Price {
	return c.pick("object storage beyond, a TB and hour", c.own().storageHour, c.list.Prices.ObjectStorageHour)
}

func (c *counter) traffic() Price {
	return c.pick("traffic beyond, a TB", c.own().traffic, c.list.Prices.Traffic)
}

// ownPrices are the user's prices; nil where there is none.
type ownPrices struct{ address, volume, snapshot, storage, storageHour, traffic *float64 }

func (c *counter) own() ownPrices {
	own := c.in.Cloud.Prices.Own
	if own == nil {
		return ownPrices{}
	}
	return ownPrices{own.Address, own.Volume, own.Snapshot, own.ObjectStorage, own.ObjectStorageHour, own.Traffic}
}

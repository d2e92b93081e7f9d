package model

// Prices change what the cost is counted with. Its fields are those of schema.#Prices. Amounts are in euros without VAT.
type Prices struct {
	// VAT in percent.
	VAT      float64 `json:"vat"`
	Currency *struct {
		Code    string  `json:"code"`
		PerEuro float64 `json:"perEuro"`
		AsOf    string  `json:"asOf"`
	} `json:"currency"`
	// Own is nil when the schema's prices are right. A price that it does not name is nil.
	Own *struct {
		AsOf              string             `json:"asOf"`
		Source            string             `json:"source"`
		Servers           map[string]float64 `json:"servers"`
		Address           *float64           `json:"address"`
		Volume            *float64           `json:"volume"`
		Snapshot          *float64           `json:"snapshot"`
		ObjectStorage     *float64           `json:"objectStorage"`
		ObjectStorageHour *float64           `json:"objectStorageHour"`
		Traffic           *float64           `json:"traffic"`
	} `json:"own"`
}

// Expect is what the inputs do not tell, and the cost depends on, by the month. Its fields are those of schema.#Expect.
type Expect struct {
	// Traffic is in TB a server, all others are in GB.
	Traffic              float64 `json:"traffic"`
	ObjectStorage        float64 `json:"objectStorage"`
	ObjectStorageTraffic float64 `json:"objectStorageTraffic"`
	Snapshots            float64 `json:"snapshots"`
}

// PriceList is what the schema knows of the provider's prices.
type PriceList struct {
	Prices struct {
		// Servers is the day and place of the prices of all machines; it has no amount.
		Servers           Price `json:"servers"`
		Address           Price `json:"address"`
		Volume            Price `json:"volume"`
		Snapshot          Price `json:"snapshot"`
		ObjectStorage     Price `json:"objectStorage"`
		ObjectStorageHour Price `json:"objectStorageHour"`
		Traffic           Price `json:"traffic"`
	} `json:"prices"`
	// Included are TB that cost nothing more.
	Included struct {
		ServerTraffic        float64 `json:"serverTraffic"`
		ObjectStorage        float64 `json:"objectStorage"`
		ObjectStorageTraffic float64 `json:"objectStorageTraffic"`
	} `json:"included"`
}

// Price is an amount in euros without VAT, with the day and the place where it was read.
type Price struct {
	Amount float64 `json:"amount"`
	AsOf   string  `json:"asOf"`
	Source string  `json:"source"`
}

package check

// alerts wants somebody to be told. A heartbeat alone tells only that alerts could be sent.
func (c *checker) alerts() {
	alerts := c.in.Cloud.Alerts
	if alerts == nil || alerts.Email != nil || alerts.Webhook || alerts.NTFY {
		return
	}
	hint(c.errorf(ruleAlerts, c.in.Cloud.At.Position("alerts"), "alerts reach nobody"),
		"set email, webhook: true or ntfy: true; without \"alerts\" they are only seen in Grafana")
}

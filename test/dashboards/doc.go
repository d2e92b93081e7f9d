// Package dashboards judges what Grafana is given: dashboards, data sources, alert rules and notifications, as they lie
// in a rendered tree. Every expression is parsed by the parser of its own language. LVSGEN_TREE names the tree, which is
// the repository itself by default.
package dashboards

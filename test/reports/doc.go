// Package reports holds only tests: see README.md in the folder above.
package reports

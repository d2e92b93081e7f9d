// Package sidebyside shows every mutant of gen/lint/testdata/mutants to the checkers that people have today, and writes down
// what each of them sees.
package sidebyside

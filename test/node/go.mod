module github.com/lvs-cloud/lvsgen/test/node

go 1.26.5

require (
	go.yaml.in/yaml/v3 v3.0.4
	mvdan.cc/sh/v3 v3.14.1 // the commands that a script calls, as a shell's own grammar finds them
)

require (
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/term v0.45.0 // indirect
)

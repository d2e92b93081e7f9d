# lvsgen: see README.md for users, CONTRIBUTING.md for contributors.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

GO ?= go
TEST_FLAGS ?=
TOOL := $(GO) tool -modfile=tools/go.mod
# The modules beside lvsgen's own that hold Go code of the project.
NESTED := test/fluxupdate test/fluxapply test/fluxkustomize test/dashboards test/products test/products/mimir test/terraform test/sops test/workflow test/node test/registry test/reports test/sidebyside

.PHONY: help build render test terraform workflow node registry reports sidebyside check accept golden apis fuzz bench clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/lvsgen
	@$(GO) build -trimpath -ldflags "-s -w" -o bin/lvsgen ./cmd/lvsgen

render: build ## build lvsgen, render the reference cloud and the examples, say what changed
	@for dir in . $(wildcard examples/*/ test/clouds/*/); do echo "$$dir:"; bin/lvsgen -C $$dir render; done

test: build ## install what the tests need and run all of them
	@test/install.sh
	$(GO) test $(TEST_FLAGS) ./...
	@for dir in . $(wildcard examples/*/ test/clouds/*/); do bin/lvsgen -C $$dir render --check; done
	applications/ruby-demo-app/test/run.sh
	@if test -d /usr/lib/postgresql; then test/postgresql/install.sh && \
	  $(GO) test $(TEST_FLAGS) -tags postgres -run PostgreSQL ./gen/render/app ./test/postgresql; \
	  else echo "SKIPPED: the database Job on a real PostgreSQL needs Debian's packages"; fi
	@$(MAKE) --no-print-directory terraform workflow node registry reports sidebyside

workflow: ## lint the workflows and run their scripts, with Terraform and stubs of docker and gh
	@test/install.sh
	cd test/workflow && $(GO) test -count=1 $(TEST_FLAGS) ./...

node: build ## run the user data of every cloud by cloud-init; judge its units and scripts
	@if test "$$(id -u)" = 0 && test -e /etc/debian_version; then \
	  test/node/install.sh && cd test/node && $(GO) test $(TEST_FLAGS) -count=1 ./...; \
	  else echo "SKIPPED: the node's user data needs Debian and root"; fi

terraform: ## run the real terraform on the reference cloud; built from its Go module where it is not installed
	cd test/terraform && $(GO) test $(TEST_FLAGS) -count=1 ./...

registry: ## start the registry and Caddy from the node's files, push and pull
	@test/registry/install.sh
	@test/registry/build.sh >/dev/null
	cd test/registry && $(GO) test $(TEST_FLAGS) -count=1 ./...

reports: ## hold the report formats against the schemas that others publish
	@test/install.sh
	cd test/reports && $(GO) test -count=1 $(TEST_FLAGS) ./...

sidebyside: ## what kustomize, helm, kubeconform and actionlint see of the mutants
	cd test/sidebyside && $(GO) test -count=1 $(TEST_FLAGS) ./...

check: ## formatting, vet, staticcheck, pinned in tools/go.mod; whether gen/apis/data is what its modules give
	@unformatted=$$($(TOOL) gofumpt -l cmd gen schema test tools); test -z "$$unformatted" || { echo "not gofumpt-clean: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags accept,postgres ./...
	$(TOOL) staticcheck -tags accept,postgres ./...
	@for dir in $(NESTED); do (cd $$dir && $(GO) vet ./...); done
	@cd tools/apis && export GOTOOLCHAIN=auto && $(GO) vet . && $(GO) test . && $(GO) run . -check
	@$(GO) mod verify >/dev/null
	@$(GO) mod tidy -diff

accept: ## show every rendered object to a real API server, and every marked file to Flux's own updater
	@test/controlplane/build.sh >/dev/null
	$(GO) test -tags accept -count=1 -timeout 30m -v ./test/accept
	cd test/fluxupdate && $(GO) test -count=1 -v ./...
	cd test/fluxkustomize && $(GO) test -count=1 ./...
	cd test/sops && $(GO) test -count=1 -v ./...
	cd test/dashboards && $(GO) test -count=1 -v ./...
	cd test/products && $(GO) test -count=1 -v ./...
	cd test/products/mimir && $(GO) test -count=1 -v ./...

golden: build ## rewrite all goldens: trees, messages, reference
	@for dir in . $(wildcard examples/*/ test/clouds/*/); do bin/lvsgen -C $$dir render >/dev/null; done
	$(GO) test ./gen/load -run TestErrors -update >/dev/null
	$(GO) test ./gen/generate -run TestFindings -update >/dev/null
	$(GO) test ./gen/render/... ./gen/reference ./gen/backup ./gen/cost ./cmd/... -update >/dev/null

# GOTOOLCHAIN: the types of Flux 2.10 are written for a newer Go than lvsgen needs; the go command fetches it.
apis: ## write gen/apis/data from the pinned modules of Kubernetes, Flux and the products
	@cd tools/apis && GOTOOLCHAIN=auto $(GO) run .

FUZZ_TIME ?= 60s
fuzz: ## run each fuzz target for FUZZ_TIME (60s)
	@for pkg in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ_TIME) $$pkg; \
	  done; done

bench: ## measure render at 1, 100 and 1000 apps
	$(GO) test -run '^$$' -bench . -benchmem ./gen/generate ./gen/plan ./gen/render/app

clean: ## remove what was built
	@rm -rf bin

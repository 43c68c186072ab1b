# What CI runs, and what to run before a commit.

TAGS        := goolm
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME    ?= 5s

# The packages whose tests use a homeserver.
ON_HOMESERVER = $(shell go list -tags $(TAGS) -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}} {{.Imports}}' ./... | grep internal/homeserver | cut -d' ' -f1)

.PHONY: check format vet fix staticcheck vulncheck test test-long test-jssdk synapse test-synapse race race-synapse properties fuzz soak

check: format vet fix staticcheck test properties race-synapse fuzz vulncheck

format:
	@out=$$(gofmt -l .); test -z "$$out" || { echo "gofmt would change:"; echo "$$out"; exit 1; }

vet:
	go vet -tags $(TAGS) ./...

fix:
	@out=$$(go fix -tags $(TAGS) -diff ./... 2>&1); test -z "$$out" || { echo "go fix would change:"; echo "$$out"; exit 1; }

staticcheck:
	go run $(STATICCHECK) -tags $(TAGS) ./...

# The vulnerability database is not reachable from everywhere; then the run says so.
vulncheck:
	@if out=$$(go run $(GOVULNCHECK) -tags $(TAGS) ./... 2>&1); then echo "$$out"; \
	elif echo "$$out" | grep -qiE 'dial tcp|no such host|fetching|connection refused|proxyconnect|lookup'; then \
		echo "govulncheck: NOT RUN, its database cannot be reached from here"; \
	else echo "$$out"; exit 1; fi

test:
	go test -tags $(TAGS) ./...

# With the stories that play for long on a homeserver, which the usual run leaves out.
test-long:
	FORSETI_LONG=1 go test -timeout 20m -tags $(TAGS) -count=1 $(ON_HOMESERVER)

# Encryption against an independent client. Without Node 20 test leaves it out;
# this fails.
test-jssdk:
	FORSETI_REQUIRE_NODE=1 go test -tags $(TAGS) -count=1 ./internal/jssdk

# Makes sure that there is a Synapse, and prints where: one that is named by
# FORSETI_SYNAPSE or on the PATH, or else one from the Python package index.
synapse:
	@go run -tags $(TAGS) ./internal/synapse

# The tests that use a homeserver, on Synapse in place of Dendrite.
test-synapse: synapse
	FORSETI_LONG=1 FORSETI_HOMESERVER=synapse go test -timeout 20m -tags $(TAGS) -count=1 $(ON_HOMESERVER)

# A storm on each kind of database, and then a comparison with what ought to be.
SOAKMINUTES ?= 1
SEED        ?= 1
soak:
	go run -tags $(TAGS) ./internal/soak --minutes $(SOAKMINUTES) --seed $(SEED)
	go run -tags $(TAGS) ./internal/soak --minutes $(SOAKMINUTES) --seed $(SEED) --database postgres

race:
	CGO_ENABLED=1 FORSETI_LONG=1 go test -race -timeout 45m -tags $(TAGS) ./...

# The same with what uses a homeserver on Synapse, so that it need not run a third time.
race-synapse: synapse
	CGO_ENABLED=1 FORSETI_LONG=1 FORSETI_HOMESERVER=synapse go test -race -timeout 45m -tags $(TAGS) -count=1 $(ON_HOMESERVER)
	CGO_ENABLED=1 go test -race -timeout 30m -tags $(TAGS) $(filter-out $(ON_HOMESERVER),$(shell go list -tags $(TAGS) ./...))

# The laws of rules and ACLs, tried ten times as often as usual.
properties:
	go test -tags $(TAGS) -count=1 -skip '^TestGrowth$$' ./policy ./acl -rapid.checks=1000

# Go sometimes calls it a failure that the time is over; it has found nothing then.
fuzz:
	@go list -tags $(TAGS) -f '{{.ImportPath}} {{.Dir}}' ./... | while read -r pkg dir; do \
		for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$$dir"/*_test.go 2>/dev/null | awk '{print $$2}'); do \
			echo "fuzz $$pkg $$f"; \
			out=$$(go test -tags $(TAGS) -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) "$$pkg" 2>&1); rc=$$?; \
			echo "$$out"; \
			if [ $$rc != 0 ]; then \
				if echo "$$out" | grep -q 'Failing input'; then exit 1; fi; \
				echo "$$out" | grep -q '^ *context deadline exceeded$$' || exit 1; \
			fi; \
		done; \
	done

# Two commands are all a newcomer needs: make demo, make test.

VERSION := $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -ldflags "-X huiyin/internal/app.Version=$(VERSION)"

.PHONY: build engine demo demo-check test lint browser sites office dashboards bench bench-match bench-sources bench-warehouse eval-match sim-schedule fuzz clean

build: ## bin/huiyin and bin/playground
	go build $(LDFLAGS) -o bin/ ./cmd/huiyin ./cmd/playground

engine: ## fetch the embedded ClickHouse into the user's cache folder, once
	go run ./cmd/engine

demo: engine build ## a sample town, phones, and Huiyin between them, in the browser
	bin/playground

demo-check: engine build ## the same without a browser: posts, taps, replies, and checks
	bin/playground -check

# Rooms where nothing runs at the same time: the race detector would find nothing there,
# and take its time.
CALM := /(dashboards|cmd/[a-z]+|internal/(cases|config|opml|parse|post|preset|report(/book)?|sample|when|workday|app/warehousebench))$$

test: engine browser sites office lint ## everything that is tested
	@scripts/dashboards
	GORACE=atexit_sleep_ms=10 go test -race -timeout 20m -skip '^TestLoad200Officers$$' $$(go list ./... | grep -Ev '$(CALM)|/killtest$$')
	go test -timeout 20m $$(go list ./... | grep -E '$(CALM)')
	go test -race -timeout 20m -v ./internal/app/killtest # -v: its figures are what it is for
	go test -timeout 20m -v -run '^TestLoad200Officers$$' ./internal/app/e2e # and these: in real time, two minutes

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...

browser: ## Chromium, a Chinese font and axe-core, for the page tests
	@scripts/browser

sites: ## hexo, WordPress and what they run on, for the test of real websites
	@scripts/sites

office: ## LibreOffice, for the test that opens reports
	@scripts/office

dashboards: engine ## promtool and Grafana's schema, and all that is tested of dashboards/
	@scripts/dashboards
	go test ./dashboards

bench: engine ## figures behind the README's claims
	go test -run '^$$' -bench . -benchmem ./...

bench-match: ## the matcher beside other ways to look for words; DATA=….jsonl takes real messages too
	go test -run '^$$' -bench '^BenchmarkSideBySide$$' -benchtime 1x ./internal/match

bench-sources: ## ten thousand feeds polled: rate, CPU, memory, delay, beside gofeed in a loop; FEEDS=500 for fewer
	@mkdir -p bin && go build -o bin/sourcebench ./internal/app/sourcebench
	@bin/sourcebench $(if $(FEEDS),-feeds $(FEEDS))

bench-warehouse: engine ## what digests and the board ask of 100 million mentions and a million cases; SCALE=0.01 for fewer, DIR=… for the folder, BUILD=1 to write the set only
	@mkdir -p bin && go build -o bin/warehousebench ./internal/app/warehousebench
	@bin/warehousebench $(if $(SCALE),-scale $(SCALE)) $(if $(DIR),-dir '$(DIR)') $(if $(BUILD),-build)

eval-match: build ## how real messages fall to the topics: make eval-match DATA=messages.jsonl
	bin/huiyin backtest -c huiyin.example.yaml -samples 10 -f $(or $(DATA),$(error say DATA=messages.jsonl: posts with title and text, one JSON object to a line))

sim-schedule: ## posting times replayed: the learning schedule beside fixed polls; DATA=….jsonl takes real ones
	@go run ./internal/schedule/sim $(if $(DATA),-data '$(DATA)')

fuzz: ## each fuzz target for FUZZTIME
	scripts/fuzz $(or $(FUZZTIME),20s)

clean:
	rm -rf bin out

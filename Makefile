# `make run` and `make test` need Node >= 20.16 and npm, nothing else; they install and build what they use.
.DEFAULT_GOAL := help
BIN := node_modules/.bin
# The compiler is a Go program that ends before its garbage matters: collecting it only from 2 GB on saves a third of its processor time.
TSC := GOGC=off GOMEMLIMIT=2GiB $(BIN)/tsc --checkers 2
JOB ?= jobs/flight-delay.yaml
DATE ?= 2013-01-04
FILE ?= test/repair/rules.test.ts

.PHONY: help run test test-slow t watch install build kernels lint format types faults kills certificate integration engines bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## score the sample job and print the result (JOB=..., DATE=...)
	@node dist/src/main.js run $(JOB) --date $(DATE) --text

test: ## compile, which type-checks, lint, then every test that is not slow
	@$(MAKE) --no-print-directory -j2 build lint
	@node .ci/run-tests.mjs --quick

test-slow: build ## the slow tests: test/faults in its short form, and every *.slow.test.ts
	@node .ci/run-tests.mjs --slow

t: src/kernels/csv.wasm ## run one test file from its TypeScript, without a build (FILE=test/repair/rules.test.ts)
	@node --import tsx --test --test-timeout=900000 $(FILE)

watch: src/kernels/csv.wasm ## the same again at every change
	@node --import tsx --watch --test $(FILE)

install: node_modules/.installed ## install the dependencies of the lockfile
node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

build: install kernels ## compile src, test and bench into dist
	@node .ci/remove-stale.mjs
	@$(TSC) -p . $(TSC_FLAGS)
	@mkdir -p dist/src/kernels && cp src/kernels/*.wasm dist/src/kernels/ 2>/dev/null || true
	@node bundle.mjs $(BUNDLE)

src/kernels/csv.wasm:
	@$(MAKE) --no-print-directory kernels

kernels: install ## compile the AssemblyScript kernels to WebAssembly
	@node --liftoff-only src/kernels/build.mjs

lint: install ## check format and lint rules
	@$(BIN)/biome check --error-on-warnings

format: install ## rewrite files in the house format
	@$(BIN)/biome check --write

types: install ## type-check without writing
	@$(TSC) -p . --noEmit

faults: build ## kill, starve, corrupt and lie to it: the long form of test/faults (about an hour)
	@NIGHTSHIFT_FULL=1 node --test --test-concurrency=1 dist/test/faults/*.test.js

kills: build ## kill runs at random instants, two or three times in each of 200 folders (TRIALS=200)
	@NIGHTSHIFT_FULL=1 node --test --test-reporter=spec dist/test/faults/kills.test.js

certificate: build ## cut the power after every recorded call, call again, compare the bytes (under an hour)
	@node dist/test/faults/certificate/main.js

integration: build .cache/engines/tried ## run the examples under real engines: Airflow, Slurm, S3; installs them (`make engines` tries again)
	@node .ci/run-tests.mjs --engines

engines: ## install Airflow and moto into .cache/engines, and as root on Debian Slurm
	@.ci/set-up-engines

.cache/engines/tried: test/integration/requirements.txt .ci/set-up-engines
	@.ci/set-up-engines

bench: build ## measure rows/s, MB/s and memory beside the floor and the peers, then tables of other shapes
	@node dist/bench/main.js
	@node dist/bench/shapes.js

clean: ## remove what was built and scored
	rm -rf dist scored .cache src/kernels/*.wasm

# Everything a person types. `make help` lists it.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
export STRATA_CCACHE := $(shell command -v ccache)
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1

.PHONY: all build deps test demo bench install asan tsan fuzz lint format clean help
all: build

build: ## build/release/strata
	@cmake --preset release >build/.configure.log 2>&1 || { cat build/.configure.log; exit 1; }
	@cmake --build build/release -j $(JOBS) --target strata

$(shell mkdir -p build)

deps: ## install what is missing from packages.txt
	@tools/deps

test: deps ## build from nothing and run every test
	@tests/run

demo: deps build ## an image's whole life in ten seconds
	@tools/demo

bench: deps build ## measure against Docker where there is one, and against docker-registry
	@bench/run && bench/registry

install: build ## PREFIX=/usr/local
	install -D -m 0755 build/release/strata $(DESTDIR)$(PREFIX)/bin/strata

asan: deps ## unit tests under the address and undefined-behaviour sanitizers
	cmake --preset asan && cmake --build build/asan -j $(JOBS) && ctest --test-dir build/asan -L unit --output-on-failure

tsan: deps ## unit tests under the thread sanitizer
	cmake --preset tsan && cmake --build build/tsan -j $(JOBS) && ctest --test-dir build/tsan -L unit --output-on-failure

fuzz: ## SECONDS_EACH=60: every fuzz target for that long
	@fuzz/run

lint: ## clang-tidy and the rules of the tree
	@tools/check-layers && tools/check-style && tools/lint

format: ## clang-format over what git tracks
	@command -v clang-format-14 >/dev/null || { echo "clang-format is missing: apt-get install clang-format-14" >&2; exit 1; }
	git ls-files '*.hpp' '*.cpp' | xargs clang-format-14 -i

clean: ## remove build/
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

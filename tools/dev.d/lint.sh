# shellcheck shell=bash
# `tools/dev fmt` and `tools/dev lint`.

tidy_files_max=6      # clang-tidy takes up to 20 s for a file that includes gRPC and Beast
tidy_time_max_s=420

# All C++ sources of the working tree that git doesn't ignore.
cpp_sources() {
  git ls-files --cached --others --exclude-standard -- '*.cc' '*.h' | while read -r file; do
    if [[ -f $file ]]; then printf '%s\n' "$file"; fi
  done
}

# Prints the commit that changes are measured against: where this branch left origin/main, or on main itself
# the commit before. Nothing in a clone without history.
compared_with() {
  local base head
  head=$(git rev-parse -q --verify HEAD) || return 0
  base=$(git merge-base HEAD origin/main 2>/dev/null || true)
  if [[ -z $base || $base == "$head" ]]; then base=$(git rev-parse -q --verify HEAD~1 || true); fi
  printf '%s' "$base"
}

fmt() {
  setup lint
  cpp_sources | xargs -r -P "$(nproc)" -n 16 clang-format -i
}

# Installs the pinned buf once a version of the lock file.
install_buf() {
  local stamp=tools/lint/node_modules/.installed
  if [[ ! -f $stamp || tools/lint/package-lock.json -nt $stamp ]]; then
    say "installing buf"
    npm ci --prefix tools/lint --no-audit --no-fund --loglevel=error </dev/null || return 1
    touch "$stamp"
  fi
}

buf() { tools/lint/node_modules/.bin/buf "$@"; }

baseline() {
  setup lint
  install_buf
  buf build proto -o proto/baseline.binpb
}

lint_contract() {
  local base
  install_buf || return 1
  say "buf lint"
  buf lint proto || return 1
  base=$(compared_with)
  if [[ -n $base ]] && git cat-file -e "$base:proto/buf.yaml" 2>/dev/null; then
    say "buf breaking against commit ${base:0:12}"
    rm -rf build/lint && mkdir -p build/lint
    git archive "$base" proto | tar -x -C build/lint
    buf breaking proto --against build/lint/proto || return 1
  fi
  if [[ -f proto/baseline.binpb ]]; then
    say "buf breaking against the stored baseline"
    buf breaking proto --against proto/baseline.binpb || return 1
  fi
}

lint_tidy() {
  local base changed=()
  base=$(compared_with)
  mapfile -t changed < <({
      if [[ -n $base ]]; then git diff --name-only --diff-filter=d "$base" -- '*.cc'; else cpp_sources; fi
      git ls-files --others --exclude-standard -- '*.cc'
    } | grep '\.cc$' | grep -v '^cmake/' | sort -u)
  if (( ${#changed[@]} == 0 )); then return 0; fi
  if (( ${#changed[@]} > tidy_files_max )); then
    # A different handful each day, so that a large change is covered over time.
    mapfile -t changed < <(printf '%s\n' "${changed[@]}" |
                           shuf -n "$tidy_files_max" --random-source=<(yes "$(date +%F)"))
  fi
  build release gjallar_proto gjallar_proto_grpc || return 1
  say "clang-tidy on ${changed[*]}"
  printf '%s\n' "${changed[@]}" |
    timeout "$tidy_time_max_s" xargs -r -P "$(nproc)" -n 1 clang-tidy -p build/release --quiet \
      --extra-arg="-I$PWD" --extra-arg="-isystem$PWD/build/release/proto" \
      --extra-arg="-isystem$(pkg-config --variable=includedir libxml-2.0)/libxml2" --extra-arg=-std=c++20 2>/dev/null
}

lint() {
  local failed=0
  setup build lint
  say "clang-format"
  cpp_sources | xargs -r -P "$(nproc)" -n 16 clang-format --dry-run -Werror || failed=1
  lint_contract || failed=1
  lint_tidy || failed=1
  (( failed == 0 )) || die "lint failed: see above; 'tools/dev fmt' repairs the formatting"
  say "lint is clean"
}

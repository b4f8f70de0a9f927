#!/usr/bin/env bash
# The action's first step: puts a stanch where the later steps find it, and says which.
#
# Without VERSION it is built from the sources of the action itself, at the commit that the workflow pins. With VERSION it is
# the release asset of that name, and only if its SHA-256 stands in .github/checksums.txt of that same commit.
set -euo pipefail
target=${STANCH_DIR:?}
binary="$target/stanch"
mkdir -p "$target"

say() { printf 'stanch action: %s\n' "$1"; }
fail() { printf '::error title=stanch action::%s\n' "$1"; exit 2; }

triple() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64) echo aarch64-unknown-linux-musl ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    *) echo unknown ;;
  esac
}

if [ -x "$binary" ] && "$binary" --version >/dev/null 2>&1; then
  say "using the cached $("$binary" --version)"
elif [ -n "${VERSION:-}" ]; then
  [[ $VERSION =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "version is not of the form 1.2.3"
  asset="stanch-$VERSION-$(triple).tar.gz"
  sum=$(awk -v asset="$asset" '$2 == asset { print $1 }' "$ACTION_PATH/.github/checksums.txt")
  [[ $sum =~ ^[0-9a-f]{64}$ ]] ||
    fail "this commit of the action knows no checksum of $asset; leave \`version\` empty to build stanch from the action's own sources"
  # The release belongs to the repository that the action comes from.
  url="${GITHUB_SERVER_URL:?}/${GITHUB_ACTION_REPOSITORY:?}/releases/download/v$VERSION/$asset"
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$target/$asset" "$url"
  printf '%s  %s\n' "$sum" "$target/$asset" | { sha256sum --check --status 2>/dev/null || shasum -a 256 --check --status; } ||
    fail "the checksum of $asset is not the one that the action knows"
  tar -xzf "$target/$asset" -C "$target" stanch
  say "downloaded and verified $("$binary" --version)"
else
  wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$ACTION_PATH/Cargo.toml")
  cargo=(cargo)
  here=$(cargo --version 2>/dev/null | awk '{ print $2 }' || true)
  if [ "$(printf '%s\n%s\n' "$wanted" "${here:-0}" | sort -V | head -n 1)" != "$wanted" ]; then
    command -v rustup >/dev/null || fail "building stanch needs Rust $wanted or later; install it before this step"
    say "installing Rust $wanted, for the runner has ${here:-none}"
    rustup toolchain install "$wanted" --profile minimal --no-self-update
    cargo=(cargo "+$wanted")
  fi
  # Not in the workspace: its .cargo/config.toml belongs to the change.
  (cd "$ACTION_PATH" && "${cargo[@]}" build --locked --release --target-dir "$target/build")
  cp "$target/build/release/stanch" "$binary"
  rm -rf "$target/build"
  say "built $("$binary" --version)"
fi
printf 'binary=%s\n' "$binary" >>"${GITHUB_OUTPUT:?}"

# syntax=docker/dockerfile:1

# The image of Sirius: the binary, the C library it is linked with, certificate authorities, nothing else. No shell, no
# package manager, no OpenSSL, no root.
#
#     docker build --tag sirius .
#     docker run --read-only --publish 8080:8080 --volume sirius:/data sirius
#
# Compilers run on the machine that builds and compile for the platform that is asked for: `--platform linux/arm64` on
# amd64 needs no emulation. `tests/image/run` lays the last stage out and tries it, and reads all it needs to know here.

ARG RUST_VERSION=1.95
ARG DEBIAN_VERSION=13
ARG DEBIAN_NAME=trixie

# --- the toolchain for the platform that is asked for -----------------------------------------------------------------
FROM --platform=$BUILDPLATFORM rust:${RUST_VERSION}-slim-${DEBIAN_NAME} AS toolchain
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
# Compiles dependencies in a layer of their own, which lasts until one of them changes.
RUN cargo install --locked --version 0.1.78 cargo-chef && rm -rf "$CARGO_HOME/registry"
ARG TARGETARCH
# hadolint ignore=DL3008
RUN <<BASH
case "$TARGETARCH" in
    amd64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    *) echo "Sirius is built for amd64 and arm64, not for '$TARGETARCH'." >&2; exit 1 ;;
esac
# Follows the distribution: its security updates are wanted.
apt-get update
apt-get install -y --no-install-recommends make
if [ "$TARGETARCH" != "$(dpkg --print-architecture)" ]; then
    apt-get install -y --no-install-recommends "crossbuild-essential-$TARGETARCH"
fi
rm -rf /var/lib/apt/lists/*
target=$machine-unknown-linux-gnu linker=$machine-linux-gnu-gcc
rustup target add "$target"
printf '[build]\ntarget = "%s"\n[target.%s]\nlinker = "%s"\n' "$target" "$target" "$linker" >"$CARGO_HOME/config.toml"
# The allocator has to know the largest page that a kernel may have: those of arm64 are of 4, 16 (a Raspberry Pi's) or 64 KB.
[ "$TARGETARCH" != arm64 ] || printf '[env]\nJEMALLOC_SYS_WITH_LG_PAGE = "16"\n' >>"$CARGO_HOME/config.toml"
# Rust's programs need GCC's library for unwinding, which the base does not hold.
install -D "$("$linker" -print-file-name=libgcc_s.so.1)" "/image/usr/lib/$machine-linux-gnu/libgcc_s.so.1"
BASH

WORKDIR /sirius

# --- what the dependencies are: changes only when Cargo.toml or Cargo.lock do -----------------------------------------
FROM toolchain AS recipe
COPY . .
RUN cargo chef prepare --recipe-path /recipe.json

# --- the dependencies, then Sirius ------------------------------------------------------------------------------------
FROM toolchain AS build
COPY --from=recipe /recipe.json /recipe.json
RUN cargo chef cook --release --locked --bin sirius --recipe-path /recipe.json
COPY . .
# Shown by /version and by the metric sirius_build_info.
ARG COMMIT
RUN <<BASH
[ -z "${COMMIT:-}" ] || export SIRIUS_COMMIT="$COMMIT"
cargo build --release --locked --bin sirius
install -D target/*/release/sirius /image/usr/local/bin/sirius
install -d -m 0700 /image/data
BASH

# --- the image --------------------------------------------------------------------------------------------------------
# Debian's C library and certificate authorities (tests/image/base.py names its packages). By its tag, so that each build
# has Debian's security updates; the provenance of a release records the digest.
FROM gcr.io/distroless/base-nossl-debian${DEBIAN_VERSION}:nonroot

COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/sirius/
# Settings as a file, not as variables, which would count for more than a file that is mounted in its place.
COPY deploy/image/sirius.toml /etc/sirius/sirius.toml
COPY --from=build /image/usr /usr
COPY --from=build --chown=65532:65532 /image/data /data

# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
WORKDIR /etc/sirius
VOLUME ["/data"]
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/sirius", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/sirius"]
CMD ["serve"]

# Last, because they change with every commit.
ARG VERSION=0.0.0-dev
ARG COMMIT=
ARG CREATED=
ARG SOURCE=
LABEL org.opencontainers.image.title="Sirius" \
      org.opencontainers.image.description="A self-hosted random-image service with everything needed to operate it in the box" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/base-nossl-debian13:nonroot" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}"

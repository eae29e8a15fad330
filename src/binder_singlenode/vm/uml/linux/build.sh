#!/bin/sh
# Runs in a bare Debian with linux-source-* and a compiler: leaves linux, modules.tar, config and package in /out.
set -eu
mkdir -p /src /build /out
source=$(ls /usr/src/linux-source-*.tar.xz | sort -V | tail -n 1)
name=$(basename "$source" .tar.xz)
dpkg-query -W -f '${Package} ${Version}\n' "$name" >/out/package
tar -xf "$source" -C /src --strip-components=1
cd /src
for each in /input/*.patch; do patch -s -p1 <"$each"; done
make -s ARCH=um O=/build defconfig
cp /build/.config /build/defconfig
scripts/kconfig/merge_config.sh -m -O /build /build/defconfig /input/config >/dev/null
make -s ARCH=um O=/build olddefconfig
make ARCH=um O=/build -j"$(nproc)" linux modules
make -s ARCH=um O=/build modules_install INSTALL_MOD_PATH=/modules INSTALL_MOD_STRIP=1
rm -f /modules/lib/modules/*/build /modules/lib/modules/*/source
tar -cf /out/modules.tar -C /modules/lib/modules .
strip /build/linux -o /out/linux
cp /build/.config /out/config

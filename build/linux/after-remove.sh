#!/bin/sh
# Runs as root when the package has been removed. What the node keeps for its user (identity, earnings, models) is in the user's
# own folders and stays, also when the package is purged.
set -e
case "$1" in
  upgrade | failed-upgrade | abort-install | abort-upgrade | disappear) exit 0 ;; # of a .deb
  [1-9]*) exit 0 ;;                                                              # of an .rpm: so many versions are left
esac
app='/opt/${sanitizedProductName}'
profile='/etc/apparmor.d/${executable}'

unlink_own() { if [ "$(readlink "/usr/bin/$1")" = "$app/$2" ]; then rm -f "/usr/bin/$1"; fi; }
unlink_own '${executable}' '${executable}'
unlink_own driad resources/bin/driad
if [ -e "$profile" ]; then
  apparmor_parser --remove "$profile" 2>/dev/null || true
  rm -f "$profile"
fi
if command -v update-mime-database >/dev/null; then update-mime-database /usr/share/mime || true; fi
if command -v update-desktop-database >/dev/null; then update-desktop-database /usr/share/applications || true; fi

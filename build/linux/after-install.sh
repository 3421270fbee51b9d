#!/bin/sh
# Runs as root when the package has been unpacked. electron-builder puts names in place of ${...}.
set -e
app='/opt/${sanitizedProductName}'

# The app, and the command line. A program of the same name that is none of ours stays.
link() { if [ ! -e "/usr/bin/$1" ] || [ -L "/usr/bin/$1" ]; then ln -sf "$app/$2" "/usr/bin/$1"; fi; }
link '${executable}' '${executable}'
link driad resources/bin/driad

# Chromium's sandbox rests on user namespaces. Where ordinary users may not make them, its helper does, as root.
setting() { cat "/proc/sys/$1" 2>/dev/null || echo "$2"; }
namespaces=yes
[ -e /proc/self/ns/user ] || namespaces=no
[ "$(setting kernel/unprivileged_userns_clone 1)" = 1 ] || namespaces=no
[ "$(setting user/max_user_namespaces 1)" != 0 ] || namespaces=no
if [ "$(setting kernel/apparmor_restrict_unprivileged_userns 0)" = 1 ]; then
  # Ubuntu 24 and later: allowed to programs with a profile that says so.
  profile='/etc/apparmor.d/${executable}'
  if cp "$app/resources/apparmor-profile" "$profile" 2>/dev/null && apparmor_parser --replace --write-cache "$profile" 2>/dev/null; then
    :
  else
    rm -f "$profile"
    namespaces=no
  fi
fi
if [ "$namespaces" = yes ]; then mode=0755; else mode=4755; fi
chown root:root "$app/chrome-sandbox"
chmod "$mode" "$app/chrome-sandbox"

# The menu learns of the app, of *.gguf and of driad://.
if command -v update-mime-database >/dev/null; then update-mime-database /usr/share/mime || true; fi
if command -v update-desktop-database >/dev/null; then update-desktop-database /usr/share/applications || true; fi
if command -v gtk-update-icon-cache >/dev/null; then gtk-update-icon-cache -q /usr/share/icons/hicolor || true; fi

"""Find a Chromium for the browser tests; run as a script, install one where there is none.

Firefox and WebKit, which a few tests use, are installed where we may install packages of Debian.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache

OTHERS = {
    "firefox-esr": "firefox-esr",
    "webkit2gtk-driver": "WebKitWebDriver",
    "xvfb": "Xvfb",
}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@cache
def find_chromium() -> str | None:
    """Path of a Chromium that runs: named by ``VITAL_WIDGETS_CHROMIUM``, of the system, or
    Playwright's own.
    """
    named = os.environ.get("VITAL_WIDGETS_CHROMIUM")
    candidates = [named] if named else [shutil.which(name) for name in NAMES]
    if not named:
        candidates.append(_of_playwright())
    return next((path for path in candidates if path and _runs(path)), None)


def _of_playwright() -> str | None:
    # In a process of its own: Playwright's sync interface must not run inside an event loop.
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    path = answer.stdout.strip()
    return path if os.access(path, os.X_OK) else None


def _runs(path: str) -> bool:
    # A distribution may put a stub under the name that only asks to install the browser.
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def install() -> None:
    """Install a Chromium: with the system's packages when we may, else with Playwright."""
    if _may_install():
        _install_packages("chromium")
        find_chromium.cache_clear()
        if find_chromium():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def _may_install() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def _install_packages(*packages: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    for package in packages:  # one that does not exist prevents no other
        subprocess.run([*command, package], env=environment)


def main() -> int:
    missing = [package for package, program in OTHERS.items() if not shutil.which(program)]
    if missing and _may_install():
        _install_packages(*missing)
    if find_chromium() is None:
        install()
        find_chromium.cache_clear()
    path = find_chromium()
    if path is None:
        print(
            "no Chromium that runs was found, and none could be installed; install one "
            f"({', '.join(NAMES)}) or name it in VITAL_WIDGETS_CHROMIUM",
            file=sys.stderr,
        )
        return 1
    print(f"browser tests use {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

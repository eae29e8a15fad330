"""A real browser without a window, out of Debian packages: how it shows a page, in any colours and width."""

import subprocess
import sys
from pathlib import Path

PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core")
PHONE, DESK = (360, 640), (800, 600)
LIMIT_S = 120


def unpacked() -> Path:
    """A folder with the browser and all that it needs, made once, with the rest of the test bed."""
    sys.path.insert(0, str(Path(__file__).parents[2] / "testbed"))
    try:
        from building import cache, debian  # type: ignore[import-not-found]

        def build(target: Path) -> None:
            archive = target.parent / "packages.tar"
            include = f"--include={','.join(PACKAGES)}"
            debian.run(["mmdebstrap", "--mode=root", "--variant=extract", include, debian.SUITE, archive])
            target.mkdir()
            debian.run(["tar", "-xf", archive, "--exclude=./dev", "--no-same-owner", "-C", target])
            for name in ("bin", "lib", "lib64"):  # the package that makes these links is not among them
                (target / name).symlink_to(f"usr/{name}")
            for name in ("proc", "dev", "tmp"):
                (target / name).mkdir(exist_ok=True)

        folder: Path = cache.made("browser", cache.key(debian.SUITE, *PACKAGES), build)
        return folder
    finally:
        sys.path.pop(0)


class Browser:
    """Runs once for each page, in a root folder of its own; its network is this computer's loopback."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder

    def run(self, url: str, *options: str, size: tuple[int, int] = DESK, dark: bool = False) -> bytes:
        """What it prints; `options` say what."""
        width, height = size
        command = [
            "chroot",
            str(self.root),
            "/usr/lib/chromium/chromium-headless-shell",
            "--no-sandbox",
            "--disable-gpu",
        ]
        command += ["--disable-dev-shm-usage", f"--window-size={width},{height}", "--hide-scrollbars"]
        command += [
            "--user-data-dir=/tmp/profile",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ]
        command += ["--blink-settings=preferredColorScheme=0"] if dark else []
        mounts = f'mount -t proc proc "{self.root}/proc" && mount -t tmpfs none "{self.root}/tmp"'
        mounts += f' && mkdir "{self.root}/tmp/out"'
        mounts += (
            f' && mount --rbind /dev "{self.root}/dev" && mount --bind "{self.folder}" "{self.root}/tmp/out"'
        )
        script = f'{mounts} && exec "$@"'
        done = subprocess.run(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-c",
                script,
                "sh",
                *command,
                *options,
                url,
            ],
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        return done.stdout

    def text(self, url: str, **how: object) -> str:
        """The page as the browser has it, scripts done."""
        return self.run(url, "--dump-dom", **how).decode()  # type: ignore[arg-type]

    def picture(self, url: str, name: str, **how: object) -> Path:
        """A PNG of the page."""
        self.run(url, f"--screenshot=/tmp/out/{name}", **how)  # type: ignore[arg-type]
        return self.folder / name

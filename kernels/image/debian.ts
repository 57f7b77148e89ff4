// The root of a guest with systemd: Debian 13 as users have it, with an account that may use sudo.
// mmdebstrap makes it once, from the suite's signed index.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { sourceLine } from '../../fixtures/debian/apt.ts';
import { PATHS } from '../fetch/paths.ts';
import { erofsImage } from './erofs.ts';

const run = promisify(execFile);

const words = (text: string) => text.trim().split(/\s+/);

/** A minimal Debian, a login session, and what the specs type. */
const PACKAGES = words(`
  systemd systemd-sysv udev dbus dbus-user-session libpam-systemd login sudo apparmor
  bash util-linux util-linux-extra iproute2 procps libcap2-bin kmod python3-minimal
  busybox-static`);

/**
 * Runs in the new root. Masks timers and services that would only slow down an emulated CPU.
 */
const CUSTOMIZE = `
useradd --create-home --shell /bin/bash student
echo 'student ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/student
echo guest >/etc/hostname
echo '127.0.0.1 localhost guest' >/etc/hosts
mkdir -p /terrarium
cat >/etc/profile.d/terrarium.sh <<'END'
export PATH=/terrarium/bin:$PATH ROOTFS=/terrarium/fixtures/rootfs/out/default
END
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \\
  fstrim.timer e2scrub_reap.service systemd-timesyncd.service systemd-udev-settle.service; do
  ln -sf /dev/null /etc/systemd/system/$unit
done
rm -rf /usr/share/doc /usr/share/man /usr/share/locale /var/lib/apt/lists /var/cache/apt`;

/** Path of the image; rebuilt when its packages or this script change. */
export async function debianImage(say: (line: string) => void): Promise<string> {
  const source = await sourceLine('trixie');
  const inputs = createHash('sha256')
    .update(JSON.stringify([PACKAGES, CUSTOMIZE, source]))
    .digest('hex');
  return erofsImage(PATHS.debian, inputs, async (stage) => {
    say('making a Debian 13 with systemd (mmdebstrap)');
    await run(
      'mmdebstrap',
      [
        '--quiet',
        '--variant=minbase',
        '--architectures=amd64',
        `--include=${PACKAGES.join(',')}`,
        `--customize-hook=chroot "$1" /bin/sh -euc '${CUSTOMIZE.replaceAll("'", "'\\''")}'`,
        ...['trixie', stage, source.trim()],
      ],
      { maxBuffer: 1 << 26 },
    );
  });
}

/** Our policy under the real polkit: what pkexec asks for, and what the helper gets. In mounts and processes of its own. */
import { deepEqual } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { NEEDS_ROOT } from '../harness/root.ts'

const ROOT = join(import.meta.dirname, '../..')

/** $1: node, $2: the repository, $3: the one action that is granted; then pkexec is asked for each mode by a user. */
const SCRIPT = `
mount --make-rprivate / && mount -t tmpfs none /mnt && cd /mnt && mkdir upper work &&
mount -t overlay overlay -o lowerdir=/usr/bin,upperdir=/mnt/upper,workdir=/mnt/work /usr/bin &&
printf '#!/bin/sh\\nexec "%s" "%s/flasher/bin/bty-helper.ts" "$@"\\n' "$1" "$2" > /usr/bin/bty-helper &&
chmod 755 /usr/bin/bty-helper && chmod 4755 /usr/bin/pkexec || exit 1
for dir in /run /etc/polkit-1/rules.d /usr/share/polkit-1/actions; do mount -t tmpfs none $dir || exit 1; done
cp "$2/build/resources/org.bty.console.policy" /usr/share/polkit-1/actions/
cat > /etc/polkit-1/rules.d/10.rules <<RULES
polkit.addRule(function (action) {
  return action.id === '$3' ? polkit.Result.YES : polkit.Result.NO
})
RULES
chmod 755 /etc/polkit-1/rules.d
mkdir /run/dbus && dbus-daemon --system --fork --nopidfile >&2
/usr/lib/polkit-1/polkitd --no-debug >&2 &
for n in $(seq 100); do pkaction --action-id $3 >&2 && break; sleep 0.1; done
for mode in disks low-ports; do
  setpriv --reuid=65534 --regid=65534 --clear-groups env SHELL=/bin/sh \\
    sh -c "pkexec /usr/bin/bty-helper --$mode < /dev/null; echo $mode \\$?"
done
exit 0
`
const run = promisify(execFile)

for (const [action, granted] of [
  ['org.bty.console.write-disks', 'disks'],
  ['org.bty.console.low-ports', 'low-ports'],
] as const)
  test(
    `who was granted ${action} gets the helper for ${granted} alone`,
    { timeout: 120_000, ...NEEDS_ROOT },
    async () => {
      const inside = ['-m', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-c', SCRIPT, 'sh']
      const { stdout } = await run('unshare', [...inside, process.execPath, ROOT, action])
      const lines = stdout.trim().split('\n')
      const hello = lines.find((line) => line.startsWith('{'))
      const { mode, elevated } = JSON.parse(hello ?? '{}') as { mode?: string; elevated?: boolean }
      deepEqual([mode, elevated], [granted, true])
      const NOT_AUTHORIZED = 127
      deepEqual(
        lines.filter((line) => !line.startsWith('{')),
        ['disks', 'low-ports'].map((each) => `${each} ${each === granted ? 0 : NOT_AUTHORIZED}`),
      )
    },
  )

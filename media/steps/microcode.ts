import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the kernel looks in a stored initrd archive (its documentation, "The Linux Microcode Loader"), and whence it comes. */
const VENDORS: [to: string, from: string, wanted: RegExp][] = [
  ['AuthenticAMD.bin', 'amd-ucode', /\.bin$/],
  ['GenuineIntel.bin', 'intel-ucode', /^[0-9a-f]{2}(-[0-9a-f]{2}){2}$/],
]

/** Puts the microcode of all processors below `root`, one file for each vendor. */
export async function addMicrocode(tree: string, root: string): Promise<void> {
  const folder = join(root, 'kernel/x86/microcode')
  await mkdir(folder, { recursive: true })
  for (const [to, from, wanted] of VENDORS) {
    const source = join(tree, 'usr/lib/firmware', from)
    const names = (await readdir(source)).filter((name) => wanted.test(name)).sort()
    if (names.length === 0) throw new Error(`${source} holds no microcode`)
    const parts = await Promise.all(names.map((name) => readFile(join(source, name))))
    await writeFile(join(folder, to), Buffer.concat(parts))
  }
}

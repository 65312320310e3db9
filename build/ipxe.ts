/**
 * `node build/ipxe.ts`: puts iPXE's binaries from Debian trixie's `ipxe` package into `dist/ipxe`. apt checks the archive's
 * signature; nothing is committed, and the packaged app carries them along.
 */
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fetchPackages, unpackedPackages } from '../media/debian.ts'

export const IPXE_DIR = 'dist/ipxe'
const REQUEST = { suite: 'trixie', packages: ['ipxe'] }
const SIGNED_REQUEST = { suite: 'trixie', packages: ['shim-signed', 'grub-efi-amd64-signed'] }

/** Name that clients ask for -> name in the package. */
const BINARIES: Record<string, string> = {
  'undionly.kpxe': 'undionly.kpxe',
  'snponly.efi': 'snponly.efi',
  'ipxe.efi': 'ipxe-amd64.efi',
  'ipxe-arm64.efi': 'ipxe-arm64.efi',
}

/** What machines with Secure Boot on accept. Shim, which Microsoft's key has signed, asks for the second by its name. */
const SIGNED: Record<string, string> = {
  'shimx64.efi': 'usr/lib/shim/shimx64.efi.signed',
  'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
}

/** Fetches the binaries when one is missing. Throws where Debian packages cannot be had. */
export async function ensureIpxe(say: (line: string) => void): Promise<void> {
  const wanted = [...Object.keys(BINARIES), ...Object.keys(SIGNED), 'ipxe.json']
  const there = await Promise.all(wanted.map((name) => stat(join(IPXE_DIR, name)).catch(() => null)))
  if (there.every((found) => found !== null)) return
  say('fetching iPXE, shim and GRUB from Debian')
  const [deb] = await fetchPackages({ ...REQUEST, log: say })
  const unpacked = await unpackedPackages(REQUEST)
  const partial = `${IPXE_DIR}.${process.pid}.part`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  for (const [name, source] of Object.entries(BINARIES))
    await cp(join(unpacked, 'usr/lib/ipxe', source), join(partial, name))
  await cp(join(unpacked, 'usr/share/doc/ipxe/copyright'), join(partial, 'copyright'))
  const signed = await unpackedPackages({ ...SIGNED_REQUEST, log: say })
  for (const [name, source] of Object.entries(SIGNED)) await cp(join(signed, source), join(partial, name))
  for (const name of SIGNED_REQUEST.packages)
    await cp(join(signed, 'usr/share/doc', name, 'copyright'), join(partial, `copyright-${name}`))
  const about = { package: basename(deb!), licence: 'GPL-2.0-or-later WITH UBDL-exception', source: 'Debian' }
  await writeFile(join(partial, 'ipxe.json'), `${JSON.stringify(about, null, 2)}\n`)
  await rm(IPXE_DIR, { recursive: true, force: true })
  await rename(partial, IPXE_DIR).catch(async (error: unknown) => {
    // Another process was faster; its folder holds the same.
    await rm(partial, { recursive: true, force: true })
    await readFile(join(IPXE_DIR, 'ipxe.json')).catch(() => {
      throw error
    })
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await ensureIpxe(console.log)

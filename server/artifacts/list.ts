import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifact } from '../api/index.ts'
import { trio, trioOf } from '../boot/artifacts.ts'
import { parseManifest } from './manifest.ts'

/**
 * The files of the boot folder for the operator: first the four of the trio that boot scripts name, present or not, then
 * what else is there. A digest is shown where a manifest in the folder lists the file.
 */
export async function listArtifacts(bootDir: string, activeVersion: string): Promise<Artifact[]> {
  const names = await readdir(bootDir).catch(() => [] as string[])
  const digests = await manifestDigests(bootDir, names)
  const { kernel, initrd, squashfs, manifest } = trio(activeVersion)
  const wanted = [kernel, initrd, squashfs, manifest]
  const others = names
    .filter((name) => !wanted.includes(name) && !name.startsWith('.') && !name.endsWith('.partial'))
    .toSorted()
  const artifacts = await Promise.all([...wanted, ...others].map((name) => artifact(bootDir, name, digests)))
  return artifacts.filter((found) => found.present || wanted.includes(found.name))
}

async function artifact(dir: string, name: string, digests: Map<string, string>): Promise<Artifact> {
  const info = await stat(join(dir, name)).catch(() => null)
  const present = info?.isFile() === true
  return {
    name,
    role: trioOf(name)?.role ?? (/\.(?:efi|k?pxe|ipxe)$/i.test(name) ? 'ipxe' : 'other'),
    present,
    size_bytes: present ? info.size : null,
    sha256: present ? (digests.get(name) ?? null) : null,
    modified_at: present ? info.mtime.toISOString().replace('Z', '000+00:00') : null,
  }
}

async function manifestDigests(dir: string, names: string[]): Promise<Map<string, string>> {
  const manifests = names.filter((name) => trioOf(name)?.role === 'manifest')
  const texts = await Promise.all(manifests.map((name) => readFile(join(dir, name), 'utf8').catch(() => '')))
  return new Map(texts.flatMap((text) => [...parseManifest(text)]))
}

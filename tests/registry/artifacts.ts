import { createHash, randomBytes } from 'node:crypto'
import type { Layer } from '../harness/oci-registry.ts'

export const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** An image as the default catalog's publisher pushes it: five layers, one of them the image. */
export function diskImage(name = 'nosi-debian-13-headless-x86_64'): { image: Buffer; layers: Layer[] } {
  const image = randomBytes(200_000)
  const report = randomBytes(20_000)
  const layers: Layer[] = [
    { title: `${name}.img.gz`, mediaType: 'application/vnd.nosi.disk-image.layer.v1+gzip', bytes: image },
    { title: `${name}.img.gz.sha256`, mediaType: 'text/plain', bytes: listed(image, `${name}.img.gz`) },
    {
      title: `${name}.cijoe-report.zip`,
      mediaType: 'application/vnd.nosi.build-report.v1+zip',
      bytes: report,
    },
    {
      title: `${name}.cijoe-report.zip.sha256`,
      mediaType: 'text/plain',
      bytes: listed(report, `${name}.cijoe-report.zip`),
    },
    {
      title: `${name}.metadata.json`,
      mediaType: 'application/vnd.nosi.metadata.v1+json',
      bytes: Buffer.from(JSON.stringify({ padding: 'x'.repeat(300_000) })),
    },
  ]
  return { image, layers }
}

function listed(bytes: Buffer, name: string): Buffer {
  return Buffer.from(`${sha256(bytes).slice('sha256:'.length)}  ${name}\n`)
}

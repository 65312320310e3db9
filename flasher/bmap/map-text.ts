import { createHash } from 'node:crypto'
import { CHECKSUM_DIGITS } from './bmap.ts'
import type { Bmap } from './bmap.ts'

/** A block map as bmap-tools read it: format 2.0, whose own checksum is made with zeros in its place. */
export function mapText(map: Bmap): string {
  const text = textWith(map, '0'.repeat(CHECKSUM_DIGITS[map.checksumType]))
  return textWith(map, createHash(map.checksumType).update(text).digest('hex'))
}

function textWith({ imageBytes, blockBytes, checksumType, ranges }: Bmap, own: string): string {
  const mapped = ranges.reduce((sum, { firstBlock, lastBlock }) => sum + lastBlock - firstBlock + 1, 0)
  const lines = ranges.map(({ firstBlock, lastBlock, checksum }) => {
    const span = firstBlock === lastBlock ? String(firstBlock) : `${firstBlock}-${lastBlock}`
    return `        <Range${checksum === null ? '' : ` chksum="${checksum}"`}> ${span} </Range>\n`
  })
  return `<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize> ${imageBytes} </ImageSize>
    <BlockSize> ${blockBytes} </BlockSize>
    <BlocksCount> ${Math.ceil(imageBytes / blockBytes)} </BlocksCount>
    <MappedBlocksCount> ${mapped} </MappedBlocksCount>
    <ChecksumType> ${checksumType} </ChecksumType>
    <BmapFileChecksum> ${own} </BmapFileChecksum>
    <BlockMap>
${lines.join('')}    </BlockMap>
</bmap>
`
}

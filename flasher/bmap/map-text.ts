import { createHash } from 'node:crypto'
import type { BlockMap } from './block-map.ts'

const NO_CHECKSUM = '0'.repeat(64)

/** A block map as bmap-tools read it: format 2.0, whose own checksum is made with zeros in its place. */
export function mapText(map: BlockMap): string {
  const text = textWith(map, NO_CHECKSUM)
  return textWith(map, createHash('sha256').update(text).digest('hex'))
}

function textWith({ imageBytes, blockBytes, ranges }: BlockMap, checksum: string): string {
  const mapped = ranges.reduce((sum, { firstBlock, lastBlock }) => sum + lastBlock - firstBlock + 1, 0)
  const lines = ranges.map(({ firstBlock, lastBlock, sha256 }) => {
    const span = firstBlock === lastBlock ? String(firstBlock) : `${firstBlock}-${lastBlock}`
    return `        <Range chksum="${sha256}"> ${span} </Range>\n`
  })
  return `<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize> ${imageBytes} </ImageSize>
    <BlockSize> ${blockBytes} </BlockSize>
    <BlocksCount> ${Math.ceil(imageBytes / blockBytes)} </BlocksCount>
    <MappedBlocksCount> ${mapped} </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> ${checksum} </BmapFileChecksum>
    <BlockMap>
${lines.join('')}    </BlockMap>
</bmap>
`
}

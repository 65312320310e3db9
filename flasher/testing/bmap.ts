import { createHash } from 'node:crypto'

const DIGITS = { sha1: 40, sha256: 64, sha512: 128 }

/** A block map as text with its own checksum put in for `SELF`. */
export function sealed(text: string, type: keyof typeof DIGITS = 'sha256'): Buffer {
  const zeros = '0'.repeat(DIGITS[type])
  const sum = createHash(type).update(text.replace('SELF', zeros)).digest('hex')
  return Buffer.from(text.replace('SELF', sum))
}

export interface BmapParts {
  version?: string
  imageBytes?: number | string
  blockBytes?: number | string
  blocks?: number | string
  mapped?: number | string
  type?: string
  own?: string
  ranges?: string
}

/** Text of a block map of format 2.0: 10 blocks of 4096 bytes but one, of which none is mapped unless told. */
export function bmapText(parts: BmapParts = {}): string {
  const { version = '2.0', imageBytes = 40_959, blockBytes = 4096, blocks = 10, mapped = 0 } = parts
  const { type = 'sha256', own = '<BmapFileChecksum> SELF </BmapFileChecksum>', ranges = '' } = parts
  return `<?xml version="1.0" ?>
<bmap version="${version}">
  <ImageSize> ${imageBytes} </ImageSize>
  <BlockSize> ${blockBytes} </BlockSize>
  <BlocksCount> ${blocks} </BlocksCount>
  <MappedBlocksCount> ${mapped} </MappedBlocksCount>
  <ChecksumType> ${type} </ChecksumType>
  ${own}
  <BlockMap>
    ${ranges}
  </BlockMap>
</bmap>
`
}

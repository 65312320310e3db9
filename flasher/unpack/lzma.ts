/** The LZMA coder inside LZMA2 chunks, after the description in the LZMA specification. Throws Error for damage. */

const TOP = 2 ** 24
const HALF = 1024
const STATES = 12
const POSITION_STATES = 16
const LENGTH_STATES = 4
const FULL_DISTANCES = 128
const END_POSITION_MODEL = 14
/** Probabilities of one length coder: choice, choice 2, low and mid for each position state, high. */
const LENGTH_LOW = 2
const LENGTH_MID = LENGTH_LOW + POSITION_STATES * 8
const LENGTH_HIGH = LENGTH_MID + POSITION_STATES * 8
const LENGTH_SIZE = LENGTH_HIGH + 256

// Where each kind of probability stands in one array.
const IS_MATCH = 0
const IS_REP = IS_MATCH + STATES * POSITION_STATES
const IS_REP0 = IS_REP + STATES
const IS_REP1 = IS_REP0 + STATES
const IS_REP2 = IS_REP1 + STATES
const IS_REP0_LONG = IS_REP2 + STATES
const SLOT = IS_REP0_LONG + STATES * POSITION_STATES
const SPECIAL = SLOT + LENGTH_STATES * 64
const ALIGN = SPECIAL + FULL_DISTANCES - END_POSITION_MODEL + 1
const MATCH_LENGTH = ALIGN + 16
const REP_LENGTH = MATCH_LENGTH + LENGTH_SIZE
const LITERAL = REP_LENGTH + LENGTH_SIZE
const LITERAL_SIZE = 0x300

/** What was unpacked last, in one piece: matches copy from it. */
export interface Window {
  bytes: Buffer
  /** Where the next byte goes. */
  end: number
  /** Bytes before `end` that a match may reach. */
  reach: number
}

export class LzmaDecoder {
  private probs = new Uint16Array(LITERAL)
  private literalContext = 0
  private literalMask = 0
  private positionMask = 0
  private state = 0
  private reps = [0, 0, 0, 0]
  /** Bytes since the dictionary was reset; its low bits are a context. */
  position = 0

  private input: Buffer = Buffer.alloc(0)
  private at = 0
  private range = 0
  private code = 0

  /** A new property byte: lc + lp * 9 + pb * 45, and for LZMA2 lc + lp is at most 4. */
  setProperties(byte: number): void {
    const context = byte % 9
    const low = Math.floor(byte / 9) % 5
    const positions = Math.floor(byte / 45)
    if (positions > 4 || context + low > 4) throw new Error(`its property byte ${byte} makes no sense`)
    this.literalContext = context
    this.literalMask = (1 << low) - 1
    this.positionMask = (1 << positions) - 1
    const size = LITERAL + (LITERAL_SIZE << (context + low))
    if (this.probs.length !== size) this.probs = new Uint16Array(size)
    this.resetState()
  }

  resetState(): void {
    this.probs.fill(HALF)
    this.state = 0
    this.reps = [0, 0, 0, 0]
  }

  /** Unpacks one chunk, which gives exactly `bytes`. */
  decode(input: Buffer, window: Window, bytes: number): void {
    if (input.length < 5 || input[0] !== 0) throw new Error('a chunk begins wrongly')
    this.input = input
    this.code = input.readUInt32BE(1)
    this.range = 0xffffffff
    this.at = 5
    const stop = window.end + bytes
    while (window.end < stop) this.next(window, stop)
    this.normalise()
    if (this.at !== input.length || this.code !== 0) throw new Error('a chunk ends wrongly')
  }

  private next(window: Window, stop: number): void {
    const place = this.position & this.positionMask
    const { state } = this
    if (this.bit(IS_MATCH + state * POSITION_STATES + place) === 0) {
      this.literal(window)
      return
    }
    let length: number
    if (this.bit(IS_REP + state) === 0) {
      length = this.length(MATCH_LENGTH, place)
      this.state = state < 7 ? 7 : 10
      this.reps = [this.distance(length), this.reps[0]!, this.reps[1]!, this.reps[2]!]
    } else {
      if (this.bit(IS_REP0 + state) === 0) {
        if (this.bit(IS_REP0_LONG + state * POSITION_STATES + place) === 0) {
          this.state = state < 7 ? 9 : 11
          this.copy(window, 1, stop)
          return
        }
      } else this.reps = this.again(state)
      length = this.length(REP_LENGTH, place)
      this.state = state < 7 ? 8 : 11
    }
    this.copy(window, length, stop)
  }

  /** The repeated distance that is meant moves to the front. */
  private again(state: number): number[] {
    const [a, b, c, d] = this.reps as [number, number, number, number]
    if (this.bit(IS_REP1 + state) === 0) return [b, a, c, d]
    return this.bit(IS_REP2 + state) === 0 ? [c, a, b, d] : [d, a, b, c]
  }

  private literal(window: Window): void {
    const { bytes, end, reach } = window
    const before = reach > 0 ? bytes[end - 1]! : 0
    const low = (this.position & this.literalMask) << this.literalContext
    const at = LITERAL + LITERAL_SIZE * (low + (before >> (8 - this.literalContext)))
    let symbol = 1
    if (this.state >= 7) {
      const distance = this.reps[0]!
      if (distance >= reach) throw new Error('a match reaches before the beginning')
      let matched = bytes[end - distance - 1]!
      while (symbol < 0x100) {
        const expected = (matched >> 7) & 1
        matched <<= 1
        const got = this.bit(at + ((1 + expected) << 8) + symbol)
        symbol = (symbol << 1) | got
        if (expected !== got) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.bit(at + symbol)
    bytes[end] = symbol & 0xff
    window.end++
    window.reach++
    this.position++
    this.state = this.state < 4 ? 0 : this.state - (this.state < 10 ? 3 : 6)
  }

  private copy(window: Window, length: number, stop: number): void {
    const { bytes, end, reach } = window
    const distance = this.reps[0]! + 1
    if (distance > reach) throw new Error('a match reaches before the beginning')
    if (end + length > stop) throw new Error('a match reaches behind the end of its chunk')
    const from = end - distance
    if (distance >= length) bytes.copyWithin(end, from, from + length)
    else if (distance === 1) bytes.fill(bytes[from]!, end, end + length)
    else for (let i = 0; i < length; i++) bytes[end + i] = bytes[from + i]!
    window.end += length
    window.reach += length
    this.position += length
  }

  private length(at: number, place: number): number {
    if (this.bit(at) === 0) return 2 + this.tree(at + LENGTH_LOW + place * 8, 3)
    if (this.bit(at + 1) === 0) return 10 + this.tree(at + LENGTH_MID + place * 8, 3)
    return 18 + this.tree(at + LENGTH_HIGH, 8)
  }

  private distance(length: number): number {
    const slot = this.tree(SLOT + Math.min(length - 2, LENGTH_STATES - 1) * 64, 6)
    if (slot < 4) return slot
    const direct = (slot >> 1) - 1
    const base = (2 | (slot & 1)) * 2 ** direct
    if (slot < END_POSITION_MODEL) return base + this.reverse(SPECIAL + base - slot, direct)
    return base + this.directBits(direct - 4) * 16 + this.reverse(ALIGN, 4)
  }

  private tree(at: number, bits: number): number {
    let symbol = 1
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.bit(at + symbol)
    return symbol - (1 << bits)
  }

  private reverse(at: number, bits: number): number {
    let symbol = 1
    let value = 0
    for (let i = 0; i < bits; i++) {
      const got = this.bit(at + symbol)
      symbol = (symbol << 1) | got
      value |= got << i
    }
    return value
  }

  private directBits(bits: number): number {
    let value = 0
    for (let i = 0; i < bits; i++) {
      this.normalise()
      this.range = this.range >>> 1
      const got = this.code >= this.range ? 1 : 0
      if (got === 1) this.code -= this.range
      value = value * 2 + got
    }
    return value
  }

  private bit(at: number): number {
    this.normalise()
    const prob = this.probs[at]!
    const bound = (this.range >>> 11) * prob
    if (this.code < bound) {
      this.range = bound
      this.probs[at] = prob + ((2048 - prob) >> 5)
      return 0
    }
    this.range -= bound
    this.code -= bound
    this.probs[at] = prob - (prob >> 5)
    return 1
  }

  private normalise(): void {
    if (this.range >= TOP) return
    this.range = this.range * 256
    // Behind the end of the input the code runs into nonsense, which the end of the chunk notices.
    this.code = (this.code * 256 + (this.input[this.at++] ?? 0)) % 2 ** 32
  }
}

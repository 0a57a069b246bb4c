import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Turns } from './turns.ts'

/** Makes the digest of a password; scrypt of node:crypto unless a test counts what is done. */
export type Derive = (password: string, salt: Buffer, length: number, options: ScryptOptions) => Promise<Buffer>

const derive: Derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

const DIGEST_BYTES = 32
const SALT_BYTES = 16
const BLOCK = 8

interface Parts {
  /** N is 2 to this power. */
  readonly cost: number
  readonly salt: Buffer
  readonly digest: Buffer
}

/**
 * Hashes and checks passwords with scrypt (r = 8, p = 1), in Node's pool of threads and few at once: each takes 128 bytes
 * × 8 × N of memory and a good part of a second, and whoever sends many must not take the machine with them.
 */
export class Passwords {
  readonly #cost: number
  readonly #derive: Derive
  readonly #turns: Turns

  /**
   * @param cost N is 2 to this power
   * @param atOnce so many are worked on at a time; the others wait
   */
  constructor(cost: number, how: Derive = derive, atOnce = 2) {
    this.#cost = cost
    this.#turns = new Turns({ atOnce, mostWaiting: 30 })
    this.#derive = how
  }

  /** What is kept of a password: `scrypt$<cost>$<salt>$<digest>`. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const digest = await this.#digest(password, salt, this.#cost)
    return `scrypt$${this.#cost}$${salt.toString('base64url')}$${digest.toString('base64url')}`
  }

  /** With nothing to compare with, does the same work and answers false: nobody can tell a wrong name from a wrong password. */
  async verify(password: string, kept: string | undefined): Promise<boolean> {
    const { cost, salt, digest } = partsOf(kept) ?? this.#nobody()
    const right = timingSafeEqual(await this.#digest(password, salt, cost), digest)
    return right && kept !== undefined
  }

  /** True for one that was made with another cost than is wanted now. */
  isOld(kept: string): boolean {
    return partsOf(kept)?.cost !== this.#cost
  }

  #nobody(): Parts {
    return { cost: this.#cost, salt: randomBytes(SALT_BYTES), digest: randomBytes(DIGEST_BYTES) }
  }

  #digest(password: string, salt: Buffer, cost: number): Promise<Buffer> {
    const N = 2 ** cost
    // One text may be typed in several ways that look alike, by keyboard and system.
    const typed = password.normalize('NFKC')
    return this.#turns.take(() =>
      this.#derive(typed, salt, DIGEST_BYTES, { N, r: BLOCK, p: 1, maxmem: 256 * N * BLOCK }),
    )
  }
}

function partsOf(kept: string | undefined): Parts | undefined {
  const match = /^scrypt\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(kept ?? '')
  if (!match) return undefined
  const [cost, salt, digest] = [match[1]!, match[2]!, match[3]!]
  return { cost: Number(cost), salt: Buffer.from(salt, 'base64url'), digest: Buffer.from(digest, 'base64url') }
}

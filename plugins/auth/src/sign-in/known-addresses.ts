import type { DatabaseFile, Tx } from '@waqtor/contracts'

const MOST_PER_USER = 100

/** Which networks users have signed in from. */
export class KnownAddresses {
  readonly #file: DatabaseFile

  constructor(file: DatabaseFile) {
    this.#file = file
  }

  /** @param userId may be of nobody: the same look is taken */
  async has(userId: string, network: string): Promise<boolean> {
    const sql = 'SELECT last_at FROM auth_addresses WHERE user_id = ? AND address = ?'
    return (await this.#file.get(sql, [userId, network])) !== undefined
  }

  async noteIn(tx: Tx, userId: string, network: string, now: number): Promise<void> {
    await tx.run(
      `INSERT INTO auth_addresses (user_id, address, last_at) VALUES (?, ?, ?)
       ON CONFLICT (user_id, address) DO UPDATE SET last_at = excluded.last_at`,
      [userId, network, now],
    )
    await tx.run(
      `DELETE FROM auth_addresses WHERE user_id = ? AND address NOT IN
         (SELECT address FROM auth_addresses WHERE user_id = ? ORDER BY last_at DESC LIMIT ?)`,
      [userId, userId, MOST_PER_USER],
    )
  }
}

import { afterAll, beforeAll, describe } from 'vitest'
import { Account } from './account.ts'
import { changeTests } from './change-tests.ts'
import { contentTests } from './content-tests.ts'
import { faultTests } from './fault-tests.ts'
import { linkTests } from './link-tests.ts'
import { lookTests } from './look-tests.ts'
import { messageTests } from './message-tests.ts'
import type { World } from './world.ts'

/** What each part of the suite works with. */
export interface Stage {
  /** The network, open while tests run. */
  readonly world: World
  /** A new account with an id that no other test uses. */
  account(): Promise<Account>
}

/**
 * Everything that a transport promises, faults included. Whatever implements `Transport` passes it.
 * @param open opens the network; called once
 * @example transportSuite('the simulator in this process', async () => ({ provider, unpaired, control, … }))
 */
export function transportSuite(name: string, open: () => Promise<World>): void {
  describe(`a transport: ${name}`, () => {
    let world!: World
    let accounts = 0
    beforeAll(async () => {
      world = await open()
    })
    afterAll(async () => {
      await world[Symbol.asyncDispose]()
    })
    const stage: Stage = {
      // Read by the tests, and so after beforeAll.
      get world() {
        return world
      },
      account: () => Account.create(`account-${++accounts}`),
    }
    describe('links accounts', () => linkTests(stage))
    describe('carries messages', () => messageTests(stage))
    describe('carries more than text', () => contentTests(stage))
    describe('does and hears what happens to messages', () => changeTests(stage))
    describe('looks into chats', () => lookTests(stage))
    describe('tells faults apart', () => faultTests(stage))
  })
}

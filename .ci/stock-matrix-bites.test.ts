/** Takes one check after another out of the code, and expects the matrix to tell. */
import type { KernelView } from '@waqtor/kernel'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Door, type Key, makeKeys, runMatrix } from './matrix.ts'
import { httpDoors } from './matrix-doors.ts'
import { startMatrixStock } from './matrix-stock.ts'
import type { Stock } from './stock.ts'

/** The check that is out at present. */
const out = vi.hoisted(() => ({ check: '' }))

vi.mock('../kernel/src/call.ts', async (original) => {
  const real = await original<typeof import('../kernel/src/call.ts')>()
  return {
    ...real,
    holds: (...it: Parameters<typeof real.holds>) => out.check === 'permission' || real.holds(...it),
    reaches: (...it: Parameters<typeof real.reaches>) => out.check === 'account' || real.reaches(...it),
  }
})
vi.mock('../plugins/events/src/visible-types.ts', async (original) => {
  const real = await original<typeof import('../plugins/events/src/visible-types.ts')>()
  return {
    visibleTypes: (...[kernel, ...it]: Parameters<typeof real.visibleTypes>) =>
      real.visibleTypes(open(kernel, 'events of a page'), ...it),
  }
})
vi.mock('../plugins/rest/src/event-stream.ts', async (original) => {
  const real = await original<typeof import('../plugins/rest/src/event-stream.ts')>()
  return {
    ...real,
    EventStream: class extends real.EventStream {
      constructor(options: ConstructorParameters<typeof real.EventStream>[0]) {
        super({ ...options, kernel: open(options.kernel, 'events of a stream') })
      }
    },
  }
})
vi.mock('../plugins/rest/src/event-streams.ts', async (original) => {
  const real = await original<typeof import('../plugins/rest/src/event-streams.ts')>()
  return {
    ...real,
    EventStreams: class extends real.EventStreams {
      constructor(options: ConstructorParameters<typeof real.EventStreams>[0]) {
        super({ ...options, kernel: open(options.kernel, 'opening of a stream') })
      }
    },
  }
})
vi.mock('../plugins/files/src/door.ts', async (original) => {
  const real = await original<typeof import('../plugins/files/src/door.ts')>()
  return {
    createDoor: (options: Parameters<typeof real.createDoor>[0]) =>
      real.createDoor({ ...options, kernel: open(options.kernel, 'files') }),
  }
})
vi.mock('../plugins/rest/src/openapi.ts', async (original) => {
  const real = await original<typeof import('../plugins/rest/src/openapi.ts')>()
  return {
    ...real,
    OpenApi: class extends real.OpenApi {
      override document(...[principal]: Parameters<InstanceType<typeof real.OpenApi>['document']>) {
        return out.check === 'list of operations' ? super.document() : super.document(principal)
      }
    },
  }
})
vi.mock('../plugins/mcp/src/toolbox.ts', async (original) => {
  const real = await original<typeof import('../plugins/mcp/src/toolbox.ts')>()
  return {
    Toolbox: class extends real.Toolbox {
      override mayWrite(...it: Parameters<InstanceType<typeof real.Toolbox>['mayWrite']>) {
        return out.check === 'writing tools' || super.mayWrite(...it)
      }
    },
  }
})

/** A kernel whose gate is open while this check is out. */
function open<K extends Partial<KernelView>>(kernel: K, check: string): K {
  const { authorize, refusal } = kernel
  return {
    ...kernel,
    authorize: async (...it: Parameters<NonNullable<typeof authorize>>) =>
      out.check === check ? undefined : authorize!(...it),
    refusal: (...it: Parameters<NonNullable<typeof refusal>>) => (out.check === check ? undefined : refusal!(...it)),
  }
}

let stock: Stock
let doors: readonly Door[]
let keys: readonly Key[]

beforeAll(async () => {
  stock = await startMatrixStock()
  doors = await httpDoors(stock)
  // What is wrong once is wrong often: nobody, and three keys of one account, will do.
  const few = ['messages:read', 'events:read']
  const made = await makeKeys(stock, doors, (it) => few.includes(it))
  keys = made.filter((it) => it.text === null || [...few, '*'].includes(it.permissions.join()))
  keys = keys.filter((it) => it.instances !== 'all' && it.besides === undefined)
})
beforeEach(() => {
  out.check = ''
})
afterAll(() => stock[Symbol.asyncDispose]())

const redDoors = (wrong: readonly string[]) => [...new Set(wrong.map((it) => it.slice(0, it.indexOf(':'))))].sort()

describe('the matrix', () => {
  it('is green with every check in its place', async () => {
    const { cells, wrong } = await runMatrix(doors, keys)
    expect(wrong).toEqual([])
    expect(keys).toHaveLength(4)
    expect(cells).toBeGreaterThan(1_000)
  })

  it.each([
    ['permission', ['command', 'event stream', 'events', 'files', 'mcp', 'mcp tools/list', 'openapi.json', 'route']],
    ['account', ['command', 'event stream', 'events', 'mcp', 'route']],
    ['events of a page', ['events']],
    ['events of a stream', ['event stream']],
    ['opening of a stream', ['event stream']],
    ['files', ['files']],
    ['list of operations', ['openapi.json']],
    ['writing tools', ['mcp', 'mcp tools/list']],
  ])('turns red without the check of the %s', async (check, red) => {
    out.check = check
    const asked = red.length > 2 ? doors : doors.filter((it) => red.includes(it.name))
    const { wrong } = await runMatrix(asked, keys)
    expect(redDoors(wrong)).toEqual(red)
  })
})

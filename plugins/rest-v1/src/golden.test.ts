import { describe, expect, it } from 'vitest'
import { goldenName, goldenNames, play, readGolden, writeGolden } from './fixtures/golden.ts'
import { type RestV1Test, startRestV1 } from './fixtures/start-rest-v1.ts'
import { routeNames } from './testing/index.ts'

// `WAQTOR_GOLDEN=write` takes over the answers of this run; `pnpm format` afterwards. A changed answer breaks somebody's
// program: look at each one.
const writes = process.env.WAQTOR_GOLDEN === 'write'

describe('existing clients', () => {
  it('are remembered in one file for each route', () => {
    expect(goldenNames().sort()).toEqual(
      routeNames()
        .map(({ method, path }) => goldenName(method, path))
        .sort(),
    )
  })

  it.each(goldenNames())('get the answers that they always got: %s', async (name) => {
    const file = readGolden(name)
    await using it: RestV1Test = await startRestV1({ simulator: { autoPair: file.paired ?? true } })
    const answers = await play(it, file)
    if (writes) writeGolden(name, { ...file, cases: file.cases.map((it, i) => ({ ...it, answer: answers[i]! })) })
    else expect(answers).toEqual(file.cases.map((it) => it.answer))
    expect(file.cases.some((it) => answers[file.cases.indexOf(it)]!.status >= 400)).toBe(true)
  })
})

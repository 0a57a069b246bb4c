import type { DoctorCheck } from '@waqtor/kernel'
import { messageOf, withDeadline } from '@waqtor/kernel'
import { exitCodes } from '../../exit-codes.ts'
import { defineBuiltIn } from '../built-in.ts'
import { type DoctorResult, hostChecks } from '../doctor-checks.ts'

const limitMs = 10_000

export const doctor = defineBuiltIn({
  name: 'doctor',
  args: {},
  async run({ cli }) {
    const prepared = await cli.prepare()
    const contributed = (prepared.config?.entries ?? []).flatMap(({ spec, config }) =>
      (spec.doctor ?? []).map((it) => ({ name: `${spec.name}: ${it.name}`, check: () => it.check(config) })),
    )
    const results: (DoctorResult & { readonly name: string })[] = []
    for (const check of [...hostChecks(prepared), ...contributed]) {
      const result = await run(check)
      results.push({ name: check.name, ...result })
      if (cli.out.json) continue
      cli.out.print(`${result.ok ? 'ok     ' : 'wrong  '}${check.name}: ${result.found}`)
      if (!result.ok && result.fix) cli.out.print(`         ${result.fix}`)
    }
    const ok = results.every((it) => it.ok)
    if (cli.out.json) cli.out.print(JSON.stringify({ ok, checks: results }))
    return ok ? exitCodes.ok : exitCodes.failed
  },
})

/** A check that throws or hangs has found something, too. */
async function run({ check }: Pick<DoctorCheck, 'check'>): Promise<DoctorResult> {
  try {
    return await withDeadline(check(undefined), limitMs, () => new Error(`no answer within ${limitMs / 1000} s`))
  } catch (error) {
    return { ok: false, found: messageOf(error) }
  }
}

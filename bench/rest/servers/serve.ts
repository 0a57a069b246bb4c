/** What a server tells the process that runs it, and what it is asked. */
export type Answer = { readonly address: string } | { readonly cpuMicroseconds: number }

/** Says where the server is, and from then on how much of the processor it has used whenever it is asked. */
export function serving(address: string): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    tell({ cpuMicroseconds: user + system })
  })
  process.on('disconnect', () => process.exit(0))
  tell({ address })
}

function tell(answer: Answer): void {
  process.send?.(answer)
}

/** How states of jobs are shown while they move. */
export interface StateLine {
  show(states: readonly (readonly [name: string, state: string])[]): void
  end(): void
}

/** On a terminal one line that is written over; elsewhere a line for each change, with the time since the start. */
export function stateLine(out: NodeJS.WriteStream, startedAt: number): StateLine {
  let last = ''
  return {
    show(states) {
      const text = states.map(([name, state]) => `${name}: ${state}`).join('   ')
      if (text === last) return
      last = text
      const line = `   ${String(Math.round(performance.now() - startedAt)).padStart(5)} ms   ${text}`
      out.write(out.isTTY ? `\r\u001b[K${line}` : `${line}\n`)
    },
    end() {
      if (out.isTTY && last !== '') out.write('\n')
    },
  }
}

import { sideDoors } from './plan.mjs'

/** Tests stand outside the house: they may come in by any window. */
const NOT_TESTS = ['!**/*.test.ts', '!**/*.contract.ts']

/** Adapters lie in the folder of the room whose port they fill, but outside of it: they may see what it may not. */
const adapters = [
  { folder: 'callbacks/sinks', of: 'callbacks', maySee: ['network'] },
  { folder: 'objects/filesystem', of: 'objects', maySee: [] },
  { folder: 'objects/s3', of: 'objects', maySee: ['network'] },
]

/**
 * Biome's `overrides` for a plan: for each room one rule that names what may not be imported there, each with its
 * reason. One rule for each folder and not several, because a later rule would replace an earlier one's options.
 *
 * @param {import('./plan.mjs').Plan} plan
 */
export function biomeOverrides(plan) {
  const rooms = plan.arrows.map((arrow) => arrow.room)
  const outer = adapters.filter(({ of }) => rooms.includes(of))
  return [
    ...plan.arrows.map((arrow) => {
      const inside = outer.filter(({ of }) => of === arrow.room).map(({ folder }) => `!src/${folder}/**`)
      return override([`src/${arrow.room}/**`, ...inside], arrow, plan)
    }),
    ...outer.map(({ folder, of, maySee }) => {
      const arrow = plan.arrows.find(({ room }) => room === of)
      const mayNotSee = arrow.mayNotSee.filter((room) => !maySee.includes(room))
      return override([`src/${folder}/**`], { ...arrow, mayNotSee }, plan)
    }),
    compositionOverride(plan),
  ]
}

function override(includes, { room, mayNotSee, because }, plan) {
  const mayKnow = plan.arrows.map((arrow) => arrow.room).filter((other) => other !== room && !mayNotSee.includes(other))
  return restricted([...includes, ...NOT_TESTS], room, plan, [
    ...mayNotSee.map((other) => ({
      group: [...pathsOf(other), ...(room === 'settings' ? exceptions(other, sideDoors.settings) : [])],
      message: `${room} may not see ${other}: ${because}.`,
    })),
    ...mayKnow.map((other) => indexOnly(other, room === 'settings' ? exceptions(other, sideDoors.settings) : [])),
    {
      group: ['**/app.ts', '**/app/**', '../app', '../app/**'],
      message: `${room} may not see app: the composition knows the rooms, not the other way round.`,
    },
  ])
}

/** `app.ts`, `app/` and `cli/` see every room, by its doors. */
function compositionOverride(plan) {
  const patterns = plan.arrows.map(({ room }) => indexOnly(room, exceptions(room, sideDoors.composition)))
  return restricted(['src/app.ts', 'src/app/**', 'src/cli/**', ...NOT_TESTS], 'cli', plan, patterns)
}

function indexOnly(room, more) {
  return {
    group: [...pathsOf(room), `!**/${room}/index.ts`, ...more],
    message: `Come into ${room} by its index.ts: what is exported there is meant for others.`,
  }
}

function restricted(includes, room, { libraries }, patterns) {
  const paths = Object.fromEntries(
    libraries
      .filter(({ only }) => !only.includes(room))
      .map(({ library, only, because }) => [library, { message: `${library} is for ${only.join(', ')}: ${because}.` }]),
  )
  const noRestrictedImports = { level: 'error', options: { paths, patterns } }
  return { includes, linter: { rules: { style: { noRestrictedImports } } } }
}

/** Both forms: a relative path with folders between, and one that goes straight up. */
function pathsOf(room) {
  return [`**/${room}/**`, `../${room}`, `../${room}/**`]
}

function exceptions(room, doors) {
  return doors
    .map((door) => door.replace(/^\*\//, `${room}/`))
    .filter((door) => door.startsWith(`${room}/`))
    .map((door) => `!**/${door}`)
}

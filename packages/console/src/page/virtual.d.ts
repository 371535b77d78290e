/** What the build makes and the page imports: see src/build/us-states.ts. */
declare module '#us-states' {
  export const states: readonly {
    readonly code: string;
    readonly name: string;
    readonly path: string;
  }[];
}

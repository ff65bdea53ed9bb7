/** The moves of a diagram with a line for each state, `from -> to to to`, each as `from to`. */
export const movesOf = (diagram: string): ReadonlySet<string> =>
  new Set(
    diagram
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [from = '', to = ''] = line.split('->').map((part) => part.trim());
        return to.split(/\s+/).map((each) => `${from} ${each}`);
      }),
  );

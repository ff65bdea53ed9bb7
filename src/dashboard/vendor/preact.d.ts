/** What the dashboard uses of `htm/preact/standalone`, which brings no types of its own. */
export interface Ref<T> {
  current: T;
}
export type Node = object | string | number | boolean | null | undefined | readonly Node[];
export function html(strings: TemplateStringsArray, ...values: unknown[]): Node;
export function render(node: Node, parent: Element): void;
export function useState<T>(initial: T | (() => T)): [T, (next: T | ((previous: T) => T)) => void];
export function useEffect(effect: () => unknown, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: () => unknown, inputs?: readonly unknown[]): void;
export function useRef<T>(initial: T): Ref<T>;
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T>(callback: T, inputs: readonly unknown[]): T;
export function useErrorBoundary(onError?: (error: unknown) => void): [unknown, () => void];

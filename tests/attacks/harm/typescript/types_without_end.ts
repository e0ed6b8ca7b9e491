// Keep the compiler busy with types that need ever more of themselves.
// catalogue: H33
// shows: compile_error
// ends: compile_error, memory_limit
type Longer<T extends unknown[]> = Longer<[...T, ...T, 0]>;
type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
type Many = `${Digit}${Digit}${Digit}${Digit}${Digit}${Digit}${Digit}${Digit}`;

function add(a: number, b: number): number {
  const ever: Longer<[Many]> = a as any;
  return ever as unknown as number;
}

import { setFlagsFromString } from 'node:v8';

// For its effect, to be imported before all else, since what is loaded next already makes the heap grow. Both programs
// keep few things alive and throw many away: a young generation that stays at its first size saves some 30 MB.
setFlagsFromString('--semi-space-growth-factor=1');
// In per cent, where the engine itself would let the heap double before it looks for garbage.
setFlagsFromString('--heap-growing-percent=40');
// WebAssembly here is a parser of HTTP: the compiler that would make it faster still leaves 10 MB behind.
setFlagsFromString('--liftoff-only');

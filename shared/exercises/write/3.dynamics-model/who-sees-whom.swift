// who-sees-whom - how can every frame of a clip be the one to guess, in a single pass?
//
// Each frame but the ends stands in the input twice: T - 1 frames that are read, whole, and after them T - 1 that are guessed,
// masked: frames 2 ... T. A read frame hears itself and the read frames before it. A guessed frame hears itself and the read frames
// before it, and never its own read copy: that is the answer. Read section 6 of 3.dynamics-model/README.md; the house's own is
// `mask` in MaskedDynamics.swift.

/// Whether place i hears place j, of 2·(T - 1): read frames 1 ... T-1 are the places 0 ... T-2, guessed frames 2 ... T those from T - 1 on.
public func hears(_ i: Int, _ j: Int, frames T: Int) -> Bool {
    // hole: return (i + j) % 2 == 0
    if i < T - 1 { return j <= i }
    let frame = i - (T - 1) + 1                 // a guessed frame's number, from 0: the first is frame 1
    return j == i || j < T - 1 && j < frame     // read frame j is frame number j
    // end of hole
}

// hint 1: Give all places the number of their frame, from 0. Read place j is frame j. Which frame is guessed place T - 1?
// hint 2: Frame 1: guessed place i is frame i - (T - 1) + 1. It hears read frames with a smaller number than its own, and itself.
// hint 3: if i < T - 1 { return j <= i }; return j == i || j <= i - (T - 1).

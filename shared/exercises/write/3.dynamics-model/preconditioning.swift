// preconditioning - how does one network clean pictures with hardly any noise, and draw them out of nothing but noise?
//
// What comes in is always about as large, and so is what is asked for: D(y) = c_skip·y + c_out·F(c_in·y). The factors follow from
// two wishes: c_in·y has variance 1, and so has the target (x - c_skip·y) / c_out, with c_out as small as possible. Read
// 3.dynamics-model/chapters/pixel-diffusion.md; the house's own is Preconditioning.swift (EDM, arXiv 2206.00364, table 1).

/// Noise of deviation `sigma` on data of deviation `data` -> the three factors.
public func factors(sigma: Float, data: Float) -> (skip: Float, out: Float, in: Float) {
    // hole: return (1, 1, 1)
    let all = (sigma * sigma + data * data).squareRoot()
    return (data * data / (all * all), sigma * data / all, 1 / all)
    // end of hole
}

// hint 1: y = x + noise has the variance data² + sigma². By what must it be divided to have variance 1? That is c_in.
// hint 2: x - s·y = (1 - s)·x - s·noise has the variance (1 - s)²·data² + s²·sigma². For which s is it smallest? That s is c_skip,
//         and the root of what is left is c_out.
// hint 3: all = (sigma² + data²).squareRoot(); skip = data² / all²; out = sigma · data / all; in = 1 / all.

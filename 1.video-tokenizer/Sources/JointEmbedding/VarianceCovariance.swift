// VarianceCovariance.swift - what keeps features apart, said in two sentences?
//
// "Every number must vary over the batch", and "no two numbers may say the same" (VICReg, arXiv 2105.04906, equations 1 to 4; here with the
// settings of PLDM, arXiv 2502.14819, and EB-JEPA):
//
//   L_var = mean_d max(0, 1 - √(variance of z_d + 10⁻⁴))            L_cov = Σ_{i≠j} C_ij² / (D·(D-1)),   C the covariance over the batch
//
// At each time step alone, as SIGReg: the frames of one clip are nearly copies, and a batch of copies varies less than it seems to.

import Tensors

public enum VarianceCovariance {
    /// Vectors [T,B,D] -> the two losses, shape [] each.
    public static func losses(_ z: Tensor) -> (variance: Tensor, covariance: Tensor) {
        let (T, B, D) = (z.size(0), z.size(1), z.size(2))
        let centered = z - z.mean(axis: 1)                                              // [T,B,D]
        let variances = centered.squared().sum(axis: 1) / Float(max(1, B - 1))                  // [T,1,D]
        let hinge = (1 - (variances + 1e-4).squareRoot()).relu().mean()
        let covariances = centered.transposed().matmul(centered) / Float(max(1, B - 1))         // [T,D,D]
        let others = covariances.squared().sum() - variances.squared().sum()            // all but the diagonal
        return (hinge, others / Float(T * D * max(1, D - 1)))
    }
}

// OpenBLAS.swift - how is the one operation that costs most of the time done?
//
// Nearly all arithmetic of a transformer is products of matrices, and OpenBLAS has them tuned for each processor. Two
// things are ours. First, the threads: OpenBLAS runs on one, and our workers each call it for their own rows or columns.
// Second, the choice of the processor: version 0.3.21 takes newer AVX-512 processors for older ones and then runs at half the
// speed, so we tell it, inside the process, before the first product.

import COpenBLAS
import Foundation

/// Settings of OpenBLAS, and what a product costs.
public enum OpenBLAS {
    /// The name of the processor whose kernels are in use.
    public static var kernels: String {
        _ = isReady
        return String(cString: openblas_get_corename())
    }

    /// Counts the work of all products when set: floating-point operations, and seconds on the calling thread.
    public static var isMeasuring = false
    public static var operations = 0.0
    public static var seconds = 0.0

    /// Done once, at the first product.
    private static let isReady: Bool = {
        chooseKernels()
        openblas_set_num_threads(1)
        return true
    }()

    /// Makes OpenBLAS look again when this is an AVX-512 machine that it did not know. Its choice is read from the
    /// environment by two functions that the library exports without declaring them.
    private static func chooseKernels() {
        #if arch(x86_64) && os(Linux)
        let known = ["SkylakeX", "Cooperlake", "SapphireRapids"]
        guard !known.contains(String(cString: openblas_get_corename())),
              let processor = FileHandle(forReadingAtPath: "/proc/cpuinfo")?.readDataToEndOfFile(),
              processor.range(of: Data("avx512dq".utf8)) != nil,
              let quit = dlsym(nil, "gotoblas_dynamic_quit"), let start = dlsym(nil, "gotoblas_dynamic_init")
        else { return }
        setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
        unsafeBitCast(quit, to: (@convention(c) () -> Void).self)()
        unsafeBitCast(start, to: (@convention(c) () -> Void).self)()
        #endif
    }

    /// C[m,n] = A[m,k]·B[k,n] + beta·C, row-major. A transposed operand is stored as [k,m] or [n,k]. `lda`, `ldb` and `ldc` are the
    /// distances between stored rows.
    static func multiply(
        _ m: Int, _ n: Int, _ k: Int,
        _ a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
        _ b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
        _ c: UnsafeMutablePointer<Float>, ldc: Int, beta: Float = 0
    ) {
        _ = isReady
        guard m > 0, n > 0 else { return }
        let start = isMeasuring ? DispatchTime.now().uptimeNanoseconds : 0
        let minimum = max(16, 500_000 / max(1, min(m, n) * k))  // rows that are worth a thread
        func product(rows: Range<Int>, columns: Range<Int>) {
            cblas_sgemm(
                CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
                Int32(rows.count), Int32(columns.count), Int32(k), 1,
                a + (transposeA ? rows.lowerBound : rows.lowerBound * lda), Int32(lda),
                b + (transposeB ? columns.lowerBound * ldb : columns.lowerBound), Int32(ldb), beta,
                c + rows.lowerBound * ldc + columns.lowerBound, Int32(ldc))
        }
        if m >= n {
            Workers.split(m, minimum: minimum, multiple: 16) { _, rows in product(rows: rows, columns: 0 ..< n) }
        } else {
            Workers.split(n, minimum: minimum, multiple: 16) { _, columns in product(rows: 0 ..< m, columns: columns) }
        }
        if isMeasuring {
            seconds += Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
            operations += 2 * Double(m) * Double(n) * Double(k)
        }
    }
}

// Times.swift - how long does it take, and which of several times counts?

import Foundation

public func milliseconds(_ body: () -> Void) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
}

public func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

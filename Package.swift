// swift-tools-version: 6.2

import PackageDescription

/// Settings of every target: Swift 6 mode, and the upcoming features the code is written for.
///
/// Warnings are errors where
/// `USHER_STRICT` is set, as `scripts/test` sets it: a newer compiler may warn a stranger without stopping the build.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (Context.environment["USHER_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")
let flyingSocks = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], others: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["UsherTesting"], exclude: ["Golden"] + others, swiftSettings: settings
    )
}

let package = Package(
    name: "usher",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "usher", targets: ["usher"]),
        .library(name: "ICalendar", targets: ["ICalendar"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurlSystem", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CCurl", dependencies: ["CCurlSystem"]),
        .target(name: "CFileIdentity"),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        library("ICalendar"),
        library("UsherText"),
        library("UsherModel", ["UsherText", "CIDN2", crypto]),
        library("UsherTransfer", ["UsherText", "CCurl", logging]),
        library("UsherJob", ["UsherModel", yams]),
        library("UsherPlan", ["UsherModel"]),
        library("UsherLedger", ["UsherModel", "UsherText", "CFileIdentity", grdb]),
        .executableTarget(name: "embed-templates", swiftSettings: settings),
        .plugin(name: "EmbedTemplates", capability: .buildTool(), dependencies: ["embed-templates"]),
        .target(
            name: "UsherRender", dependencies: ["UsherText", "UsherModel", "ICalendar", mustache],
            swiftSettings: settings,
            plugins: ["EmbedTemplates"]),
        library(
            "UsherCredentials",
            ["UsherText", "UsherModel", "UsherJob", "UsherTransfer", crypto, cryptoExtras, subprocess]),
        library("UsherGraph", ["UsherText", "UsherModel", "UsherJob", "UsherTransfer", "UsherCredentials"]),
        library(
            "UsherSources",
            ["UsherText", "UsherModel", "UsherJob", "UsherTransfer", "UsherCredentials", "UsherGraph", "ICalendar"]),
        library(
            "UsherChannels",
            ["UsherText", "UsherModel", "UsherJob", "UsherTransfer", "UsherCredentials", "UsherGraph", crypto]),
        library(
            "UsherPublishers", ["UsherText", "UsherModel", "UsherJob", "UsherTransfer", "UsherCredentials", crypto]),
        library(
            "UsherEngine",
            [
                "UsherText", "UsherModel", "UsherTransfer", "UsherCredentials", "UsherGraph", "UsherJob", "UsherPlan",
                "UsherLedger", "UsherRender",
                "UsherSources", "UsherChannels", "UsherPublishers", "ICalendar",
            ]),
        .executableTarget(
            name: "usher",
            dependencies: [
                "UsherText", "UsherEngine", "UsherJob", "UsherModel", "UsherPlan", argumentParser, logging,
            ],
            swiftSettings: settings),
        .target(
            name: "UsherTesting",
            dependencies: [
                "UsherText", "UsherModel", "UsherJob", "UsherLedger", "UsherEngine", "UsherTransfer", flyingFox,
                flyingSocks, crypto, cryptoExtras,
            ],
            path: "Tests/UsherTesting",
            swiftSettings: settings),
        .executableTarget(
            name: "graph-rehearsal", dependencies: ["UsherTesting"], path: "Tests/GraphRehearsal",
            swiftSettings: settings),
        tests(
            "ICalendarTests", ["ICalendar"],
            others: ["Corpus", "accept.py", "emitted.py", "libical.c", "rrule.py", "vtimezone.py"]),
        tests("UsherTextTests", ["UsherText"]),
        tests("UsherModelTests", ["UsherModel"]),
        tests("UsherTransferTests", ["UsherTransfer", flyingFox, flyingSocks, logging]),
        tests("UsherJobTests", ["UsherJob", "UsherModel"]),
        tests("UsherCredentialsTests", ["UsherCredentials", "UsherModel"]),
        tests("UsherPlanTests", ["UsherPlan", "UsherModel"]),
        tests("UsherLedgerTests", ["UsherLedger", "UsherModel", grdb]),
        tests(
            "UsherRenderTests", ["UsherRender", "UsherModel", "UsherText", "ICalendar"],
            others: ["browser.py", "mail.py"]),
        tests(
            "UsherSourcesTests",
            [
                "UsherEngine", "UsherPlan", "UsherSources", "UsherCredentials", "UsherGraph", "UsherJob", "UsherModel",
                "ICalendar",
                "UsherText",
            ],
            others: ["Fixtures"]),
        tests(
            "UsherChannelsTests",
            ["UsherEngine", "UsherChannels", "UsherCredentials", "UsherGraph", "UsherJob", "UsherModel"],
            others: ["mailserver.py", "webhook.py"]),
        tests(
            "UsherPublishersTests",
            ["UsherEngine", "UsherPublishers", "UsherCredentials", "UsherJob", "UsherModel", "UsherTransfer"],
            others: ["servers.py", "reader.py"]),
        tests(
            "UsherEngineTests",
            ["UsherEngine", "UsherRender", "UsherJob", "UsherModel", "UsherLedger", flyingFox, flyingSocks],
            others: ["Corpus", "schema.py"]),
        tests("UsherTests", [], others: ["quoting_server.py"]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "ICalendar", "UsherText", "UsherModel", "UsherTransfer", "UsherSources", "UsherChannels", "UsherGraph",
                "UsherPublishers",
            ],
            exclude: ["Corpus", "Dictionaries"], swiftSettings: settings),
        .testTarget(
            name: "RealMailTests",
            dependencies: [
                "UsherEngine", "UsherCredentials", "UsherJob", "UsherLedger", "UsherModel",
                "UsherSources",
                "UsherTesting",
            ],
            exclude: ["faulty_imap.py", "mailbox.py"], swiftSettings: settings),
        .testTarget(
            name: "ChaosTests", dependencies: ["UsherTesting"], swiftSettings: settings),
    ]
)

// SPDX-License-Identifier: Apache-2.0
//
// The types behind the documents that `inspect` shows, as Docker's client has them: which object is
// a struct and prints "{…}", which is a map and prints "map[…]", and what a key that is not there
// stands for. Names are Go's; a key of the document is only given where it differs.
#include "cli/documents.hpp"

namespace strata::cli {
namespace {

using templates::Field;
using templates::kBoolean;
using templates::kInteger;
using templates::kSet;
using templates::kString;
using templates::kStringMap;
using templates::kStrings;
using templates::Type;
using Form = Type::Form;

constexpr Field field(std::string_view name, const Type& type, std::string_view key = {})
{
    return {name, key.empty() ? name : key, &type};
}

constexpr Type kAnyPointer{Form::pointer, "*interface {}"};
constexpr Type kAnyList{Form::list, "[]interface {}"};
constexpr Type kIntegerPointer{Form::pointer, "*int64", &kInteger};
constexpr Type kBooleanPointer{Form::pointer, "*bool", &kBoolean};
constexpr Type kIntegers{Form::list, "[2]uint", &kInteger};

constexpr Field kHealthcheckFields[] = {
    field("Test", kStrings),        field("Interval", kInteger),      field("Timeout", kInteger),
    field("StartPeriod", kInteger), field("StartInterval", kInteger), field("Retries", kInteger),
};
constexpr Type kHealthcheck{Form::structure, "container.HealthConfig", nullptr, kHealthcheckFields};
constexpr Type kHealthcheckPointer{Form::pointer, "*container.HealthConfig", &kHealthcheck};

constexpr Field kConfigFields[] = {
    field("Hostname", kString),
    field("Domainname", kString),
    field("User", kString),
    field("AttachStdin", kBoolean),
    field("AttachStdout", kBoolean),
    field("AttachStderr", kBoolean),
    field("ExposedPorts", kSet),
    field("Tty", kBoolean),
    field("OpenStdin", kBoolean),
    field("StdinOnce", kBoolean),
    field("Env", kStrings),
    field("Cmd", kStrings),
    field("Healthcheck", kHealthcheckPointer),
    field("ArgsEscaped", kBoolean),
    field("Image", kString),
    field("Volumes", kSet),
    field("WorkingDir", kString),
    field("Entrypoint", kStrings),
    field("NetworkDisabled", kBoolean),
    field("MacAddress", kString),
    field("OnBuild", kStrings),
    field("Labels", kStringMap),
    field("StopSignal", kString),
    field("StopTimeout", kIntegerPointer),
    field("Shell", kStrings),
};
constexpr Type kConfig{Form::structure, "container.Config", nullptr, kConfigFields};
constexpr Type kConfigPointer{Form::pointer, "*container.Config", &kConfig};

constexpr Field kGraphDriverFields[] = {field("Data", kStringMap), field("Name", kString)};
constexpr Type kGraphDriver{Form::structure, "storage.DriverData", nullptr, kGraphDriverFields};

constexpr Field kRootFsFields[] = {field("Type", kString), field("Layers", kStrings)};
constexpr Type kRootFs{Form::structure, "image.RootFS", nullptr, kRootFsFields};

constexpr Field kMetadataFields[] = {field("LastTagTime", kString)};
constexpr Type kMetadata{Form::structure, "image.Metadata", nullptr, kMetadataFields};

constexpr Field kImageFields[] = {
    field("ID", kString, "Id"),       field("RepoTags", kStrings),
    field("RepoDigests", kStrings),   field("Parent", kString),
    field("Comment", kString),        field("Created", kString),
    field("DockerVersion", kString),  field("Author", kString),
    field("Config", kConfigPointer),  field("Architecture", kString),
    field("Variant", kString),        field("Os", kString),
    field("OsVersion", kString),      field("Size", kInteger),
    field("VirtualSize", kInteger),   field("GraphDriver", kGraphDriver),
    field("RootFS", kRootFs),         field("Metadata", kMetadata),
    field("Descriptor", kAnyPointer),
};

constexpr Field kHealthResultFields[] = {field("Start", kString), field("End", kString),
                                         field("ExitCode", kInteger), field("Output", kString)};
constexpr Type kHealthResult{Form::structure, "container.HealthcheckResult", nullptr,
                             kHealthResultFields};
constexpr Type kHealthResults{Form::list, "[]*container.HealthcheckResult", &kHealthResult};
constexpr Field kHealthFields[] = {field("Status", kString), field("FailingStreak", kInteger),
                                   field("Log", kHealthResults)};
constexpr Type kHealth{Form::structure, "container.Health", nullptr, kHealthFields};
constexpr Type kHealthPointer{Form::pointer, "*container.Health", &kHealth};

constexpr Field kStateFields[] = {
    field("Status", kString),      field("Running", kBoolean),   field("Paused", kBoolean),
    field("Restarting", kBoolean), field("OOMKilled", kBoolean), field("Dead", kBoolean),
    field("Pid", kInteger),        field("ExitCode", kInteger),  field("Error", kString),
    field("StartedAt", kString),   field("FinishedAt", kString), field("Health", kHealthPointer),
};
constexpr Type kState{Form::structure, "container.State", nullptr, kStateFields};
constexpr Type kStatePointer{Form::pointer, "*container.State", &kState};

constexpr Field kPortBindingFields[] = {field("HostIP", kString, "HostIp"),
                                        field("HostPort", kString)};
constexpr Type kPortBinding{Form::structure, "nat.PortBinding", nullptr, kPortBindingFields};
constexpr Type kPortBindings{Form::list, "[]nat.PortBinding", &kPortBinding};
constexpr Type kPortMap{Form::map, "nat.PortMap", &kPortBindings};

constexpr Field kLogConfigFields[] = {field("Type", kString), field("Config", kStringMap)};
constexpr Type kLogConfig{Form::structure, "container.LogConfig", nullptr, kLogConfigFields};

constexpr Field kRestartPolicyFields[] = {field("Name", kString),
                                          field("MaximumRetryCount", kInteger)};
constexpr Type kRestartPolicy{Form::structure, "container.RestartPolicy", nullptr,
                              kRestartPolicyFields};

constexpr Field kDeviceFields[] = {field("PathOnHost", kString), field("PathInContainer", kString),
                                   field("CgroupPermissions", kString)};
constexpr Type kDevice{Form::structure, "container.DeviceMapping", nullptr, kDeviceFields};
constexpr Type kDevices{Form::list, "[]container.DeviceMapping", &kDevice};

constexpr Field kUlimitFields[] = {field("Name", kString), field("Hard", kInteger),
                                   field("Soft", kInteger)};
constexpr Type kUlimit{Form::structure, "units.Ulimit", nullptr, kUlimitFields};
constexpr Type kUlimits{Form::list, "[]*units.Ulimit", &kUlimit};

constexpr Field kHostConfigFields[] = {
    field("Binds", kStrings),
    field("ContainerIDFile", kString),
    field("LogConfig", kLogConfig),
    field("NetworkMode", kString),
    field("PortBindings", kPortMap),
    field("RestartPolicy", kRestartPolicy),
    field("AutoRemove", kBoolean),
    field("VolumeDriver", kString),
    field("VolumesFrom", kStrings),
    field("ConsoleSize", kIntegers),
    field("Annotations", kStringMap),
    field("CapAdd", kStrings),
    field("CapDrop", kStrings),
    field("CgroupnsMode", kString),
    field("DNS", kStrings, "Dns"),
    field("DNSOptions", kStrings, "DnsOptions"),
    field("DNSSearch", kStrings, "DnsSearch"),
    field("ExtraHosts", kStrings),
    field("GroupAdd", kStrings),
    field("IpcMode", kString),
    field("Cgroup", kString),
    field("Links", kStrings),
    field("OomScoreAdj", kInteger),
    field("PidMode", kString),
    field("Privileged", kBoolean),
    field("PublishAllPorts", kBoolean),
    field("ReadonlyRootfs", kBoolean),
    field("SecurityOpt", kStrings),
    field("StorageOpt", kStringMap),
    field("Tmpfs", kStringMap),
    field("UTSMode", kString),
    field("UsernsMode", kString),
    field("ShmSize", kInteger),
    field("Sysctls", kStringMap),
    field("Runtime", kString),
    field("Isolation", kString),
    field("CPUShares", kInteger, "CpuShares"),
    field("Memory", kInteger),
    field("NanoCPUs", kInteger, "NanoCpus"),
    field("CgroupParent", kString),
    field("BlkioWeight", kInteger),
    field("BlkioWeightDevice", kAnyList),
    field("BlkioDeviceReadBps", kAnyList),
    field("BlkioDeviceWriteBps", kAnyList),
    field("BlkioDeviceReadIOps", kAnyList),
    field("BlkioDeviceWriteIOps", kAnyList),
    field("CPUPeriod", kInteger, "CpuPeriod"),
    field("CPUQuota", kInteger, "CpuQuota"),
    field("CPURealtimePeriod", kInteger, "CpuRealtimePeriod"),
    field("CPURealtimeRuntime", kInteger, "CpuRealtimeRuntime"),
    field("CpusetCpus", kString),
    field("CpusetMems", kString),
    field("Devices", kDevices),
    field("DeviceCgroupRules", kStrings),
    field("DeviceRequests", kAnyList),
    field("MemoryReservation", kInteger),
    field("MemorySwap", kInteger),
    field("MemorySwappiness", kIntegerPointer),
    field("OomKillDisable", kBooleanPointer),
    field("PidsLimit", kIntegerPointer),
    field("Ulimits", kUlimits),
    field("Mounts", kAnyList),
    field("MaskedPaths", kStrings),
    field("ReadonlyPaths", kStrings),
    field("Init", kBooleanPointer),
};
constexpr Type kHostConfig{Form::structure, "container.HostConfig", nullptr, kHostConfigFields};
constexpr Type kHostConfigPointer{Form::pointer, "*container.HostConfig", &kHostConfig};

constexpr Field kMountFields[] = {
    field("Type", kString),        field("Name", kString),        field("Source", kString),
    field("Destination", kString), field("Driver", kString),      field("Mode", kString),
    field("RW", kBoolean),         field("Propagation", kString),
};
constexpr Type kMount{Form::structure, "container.MountPoint", nullptr, kMountFields};
constexpr Type kMounts{Form::list, "[]container.MountPoint", &kMount};

constexpr Field kEndpointFields[] = {
    field("IPAMConfig", kAnyPointer),
    field("Links", kStrings),
    field("Aliases", kStrings),
    field("MacAddress", kString),
    field("DriverOpts", kStringMap),
    field("NetworkID", kString),
    field("EndpointID", kString),
    field("Gateway", kString),
    field("IPAddress", kString),
    field("IPPrefixLen", kInteger),
    field("IPv6Gateway", kString),
    field("GlobalIPv6Address", kString),
    field("GlobalIPv6PrefixLen", kInteger),
    field("DNSNames", kStrings),
};
constexpr Type kEndpoint{Form::structure, "network.EndpointSettings", nullptr, kEndpointFields};
constexpr Type kEndpoints{Form::map, "map[string]*network.EndpointSettings", &kEndpoint};

constexpr Field kNetworkFields[] = {
    field("Bridge", kString),
    field("SandboxID", kString),
    field("SandboxKey", kString),
    field("Ports", kPortMap),
    field("HairpinMode", kBoolean),
    field("LinkLocalIPv6Address", kString),
    field("LinkLocalIPv6PrefixLen", kInteger),
    field("SecondaryIPAddresses", kAnyList),
    field("SecondaryIPv6Addresses", kAnyList),
    field("EndpointID", kString),
    field("Gateway", kString),
    field("GlobalIPv6Address", kString),
    field("GlobalIPv6PrefixLen", kInteger),
    field("IPAddress", kString),
    field("IPPrefixLen", kInteger),
    field("IPv6Gateway", kString),
    field("MacAddress", kString),
    field("Networks", kEndpoints),
};
constexpr Type kNetworkSettings{Form::structure, "container.NetworkSettings", nullptr,
                                kNetworkFields};
constexpr Type kNetworkSettingsPointer{Form::pointer, "*container.NetworkSettings",
                                       &kNetworkSettings};

constexpr Field kContainerFields[] = {
    field("ID", kString, "Id"),
    field("Created", kString),
    field("Path", kString),
    field("Args", kStrings),
    field("State", kStatePointer),
    field("Image", kString),
    field("ResolvConfPath", kString),
    field("HostnamePath", kString),
    field("HostsPath", kString),
    field("LogPath", kString),
    field("Name", kString),
    field("RestartCount", kInteger),
    field("Driver", kString),
    field("Platform", kString),
    field("MountLabel", kString),
    field("ProcessLabel", kString),
    field("AppArmorProfile", kString),
    field("ExecIDs", kStrings),
    field("HostConfig", kHostConfigPointer),
    field("GraphDriver", kGraphDriver),
    field("SizeRw", kIntegerPointer),
    field("SizeRootFs", kIntegerPointer),
    field("Mounts", kMounts),
    field("Config", kConfigPointer),
    field("NetworkSettings", kNetworkSettingsPointer),
};

} // namespace

constinit const Type kImageType{Form::structure, "image.InspectResponse", nullptr, kImageFields};
constinit const Type kContainerType{Form::structure, "container.InspectResponse", nullptr,
                                    kContainerFields};

} // namespace strata::cli

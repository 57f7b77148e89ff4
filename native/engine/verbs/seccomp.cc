// Seccomp profiles: native/binding/seccomp.cc for this host. Also
// works while the build makes the snapshot.
#include "../../core/seccomp.h"
#include "../host/groups.h"
#include "../host/value.h"

namespace {

/** A property, freed by the destructor. */
class Property {
 public:
  Property(JSContext* js, JSValueConst object, const char* name)
      : js_(js), value_(JS_GetPropertyStr(js, object, name)) {}
  Property(JSContext* js, JSValueConst list, int64_t index)
      : js_(js), value_(JS_GetPropertyInt64(js, list, index)) {}
  Property(const Property&) = delete;
  Property& operator=(const Property&) = delete;
  ~Property() { JS_FreeValue(js_, value_); }
  JSValueConst get() const { return value_; }
  uint32_t narrow() const {
    uint32_t result = 0;
    JS_ToUint32(js_, &result, value_);
    return result;
  }
  uint64_t wide() const {
    uint64_t result = 0;
    JS_ToBigUint64(js_, &result, value_);
    return result;
  }
  int64_t length() const {
    int64_t result = 0;
    JS_GetLength(js_, value_, &result);
    return result;
  }
  std::string text() const {
    Text text(js_, value_);
    return text.valid() ? std::string(text.view()) : "";
  }

 private:
  JSContext* js_;
  JSValue value_;
};

SeccompArgument argument_of(JSContext* js, JSValueConst argument) {
  return {Property(js, argument, "index").narrow(), Property(js, argument, "op").narrow(),
          Property(js, argument, "value").wide(), Property(js, argument, "valueTwo").wide()};
}

SeccompRule rule_of(JSContext* js, JSValueConst rule) {
  SeccompRule result = {Property(js, rule, "action").narrow(), {}, {}};
  Property names(js, rule, "names");
  for (int64_t at = 0; at < names.length(); at++)
    result.names.push_back(Property(js, names.get(), at).text());
  Property arguments(js, rule, "args");
  for (int64_t at = 0; at < arguments.length(); at++)
    result.args.push_back(argument_of(js, Property(js, arguments.get(), at).get()));
  return result;
}

/** False after an exception. */
bool read_numbers(JSContext* js, JSValueConst profile, std::map<std::string, int>& numbers) {
  Property object(js, profile, "numbers");
  JSPropertyEnum* names = nullptr;
  uint32_t count = 0;
  if (JS_GetOwnPropertyNames(js, &names, &count, object.get(),
                             JS_GPN_STRING_MASK | JS_GPN_ENUM_ONLY) < 0)
    return false;
  for (uint32_t at = 0; at < count; at++) {
    const char* name = JS_AtomToCString(js, names[at].atom);
    if (!name) continue;  // an exception is pending
    numbers[name] = static_cast<int>(Property(js, object.get(), name).narrow());
    JS_FreeCString(js, name);
  }
  JS_FreePropertyEnum(js, names, count);
  return !JS_HasException(js);
}

// compileSeccomp(program) → struct sock_filter[]
JSValue compile(const Call& call) {
  JSValueConst profile = call.values[0];
  SeccompProfile decoded = {Property(call.js, profile, "defaultAction").narrow(), {}, {}};
  if (!read_numbers(call.js, profile, decoded.numbers)) return JS_EXCEPTION;
  Property rules(call.js, profile, "rules");
  for (int64_t at = 0; at < rules.length(); at++)
    decoded.rules.push_back(rule_of(call.js, Property(call.js, rules.get(), at).get()));
  if (JS_HasException(call.js)) return JS_EXCEPTION;
  SeccompProgram program = compile_seccomp(decoded);
  if (program.error) return call.refused({program.error, program.call.c_str()});
  return call.copy(program.bytes.data(), program.bytes.size());
}

constexpr Named SECCOMP[] = {{"compileSeccomp", always<compile>}};

}  // namespace

void add_seccomp_verb(JSContext* js, JSValueConst group) { set_functions(js, group, SECCOMP); }

// Classes of the shape of TensorRT's, to test what Java assumes of their tables of virtual functions.
#include <cstdint>

class Base {
protected:
    Base() = default;
    virtual ~Base() = default;
};

class Interface : public Base {
public:
    virtual ~Interface() noexcept = 0;

protected:
    void* implementation{};
};
inline Interface::~Interface() noexcept = default;

static int32_t alive = 0;

class Object : public Interface {
public:
    Object() { ++alive; }
    ~Object() override { --alive; }
    virtual int32_t more() { return 0; }
};

extern "C" void* make() { return static_cast<Interface*>(new Object()); }
extern "C" int32_t living() { return alive; }

struct Info {
    char const* kind;
    int32_t major;
    int32_t minor;
};
enum class Language : int32_t { kCPP = 0 };

class Versioned {
public:
    virtual Language language() const noexcept { return Language::kCPP; }
    virtual Info info() const noexcept = 0;
    virtual ~Versioned() noexcept = default;
};

class Profiler11 : public Versioned {
public:
    Info info() const noexcept override { return {"", 0, 0}; }
    virtual void took(char const* layer, float millis) noexcept = 0;
    ~Profiler11() override = default;
};

class Profiler10 {
public:
    virtual void took(char const* layer, float millis) noexcept = 0;
    virtual ~Profiler10() noexcept {}
};

extern "C" int32_t call11(Profiler11* profiler) {
    Info info = profiler->info();
    profiler->took("first", 1.5F);
    profiler->took("second", 2.5F);
    bool isNamed = info.kind[0] == 'I' && info.kind[1] == 'P';
    return profiler->language() == Language::kCPP && isNamed ? info.major * 10 + info.minor : -1;
}

extern "C" int32_t call10(Profiler10* profiler) {
    profiler->took("first", 1.5F);
    profiler->took("second", 2.5F);
    return 10;
}

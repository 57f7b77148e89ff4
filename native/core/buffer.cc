// A bounded FIFO of bytes, and the last unfinished line.
#include "buffer.h"

#include <string.h>

#include <utility>

uint8_t* Buffer::space(size_t& size) {
  if (from_ > 0 && size_ - to_ < SIZE / 2) {
    memmove(bytes_.get(), bytes_.get() + from_, to_ - from_);
    to_ -= from_;
    from_ = 0;
  }
  size = size_ - to_;
  return bytes_.get() + to_;
}

const uint8_t* Buffer::data(size_t& size) const {
  size = to_ - from_;
  return bytes_.get() + from_;
}

void Buffer::taken(size_t count) {
  from_ += count;
  if (from_ == to_) from_ = to_ = 0;
}

void Buffer::append(std::string_view text) {
  if (size_ - to_ < text.size()) {
    auto larger = std::make_unique_for_overwrite<uint8_t[]>(to_ + text.size());
    memcpy(larger.get(), bytes_.get(), to_);
    bytes_ = std::move(larger);
    size_ = to_ + text.size();
  }
  memcpy(bytes_.get() + to_, text.data(), text.size());
  to_ += text.size();
}

void LastLine::add(const uint8_t* bytes, size_t size) {
  const void* newline = memrchr(bytes, '\n', size);
  if (newline) {
    size_t after = static_cast<size_t>(static_cast<const uint8_t*>(newline) - bytes) + 1;
    bytes += after;
    size -= after;
    text_.clear();
    empty_ = true;
  }
  if (size == 0) return;
  empty_ = false;
  if (text_.size() + size <= LONGEST) text_.append(reinterpret_cast<const char*>(bytes), size);
  else text_.clear();  // too long to be a prompt: it is not repeated
}

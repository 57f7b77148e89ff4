// A bounded FIFO of bytes, and the last unfinished line of a stream.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/** First in, first out, of limited size. */
class Buffer {
 public:
  static constexpr size_t SIZE = size_t{128} * 1024;
  bool empty() const { return from_ == to_; }
  /** Space to fill, at least half of SIZE unless it is that full. Then `filled`. */
  uint8_t* space(size_t& size);
  void filled(size_t count) { to_ += count; }
  const uint8_t* data(size_t& size) const;
  void taken(size_t count);
  bool has_room() const { return to_ - from_ <= SIZE / 2; }
  /** May grow beyond SIZE. */
  void append(std::string_view text);

 private:
  // Not zeroed: pages that are never used are never touched.
  std::unique_ptr<uint8_t[]> bytes_ = std::make_unique_for_overwrite<uint8_t[]>(SIZE);
  size_t size_ = SIZE;
  size_t from_ = 0;
  size_t to_ = 0;
};

/** The bytes since the last newline, if they are few: usually a prompt. */
class LastLine {
 public:
  void add(const uint8_t* bytes, size_t size);
  bool empty() const { return empty_; }
  const std::string& text() const { return text_; }

 private:
  static constexpr size_t LONGEST = 512;
  std::string text_;
  bool empty_ = true;
};

// The text of a gallery's page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "stylize/pipeline/gallery.h"

namespace stylize {

// An entry with the addresses that the page needs; empty where there is none.
struct GalleryItem {
  const GalleryEntry* entry = nullptr;
  std::string before;  // the picture itself
  std::string after;
  std::string before_thumbnail;  // behind the page's `thumbnails`
  std::string after_thumbnail;
};

// The whole page. `thumbnails` stands before the addresses of all thumbnails. Names and messages
// may hold anything: what is not UTF-8 becomes U+FFFD, and nothing ends the data block early.
std::string gallery_page(const std::vector<GalleryItem>& items, const GalleryFacts& facts,
                         const std::string& thumbnails);

}  // namespace stylize
